import { isLoopbackHost } from "../gateway/address.ts";

/** In place of an address: mails are printed instead of sent. */
export const OUTBOX = "outbox";

/** Where mail is handed in, read from `smtp://user:password@host:port?from=...`. */
export interface SmtpAddress {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (`smtps:`); otherwise STARTTLS where the server offers it. */
  readonly tls: boolean;
  /** Refuses to go on without STARTTLS. */
  readonly requireTls: boolean;
  /** Null: the server takes mail without a sign-in. */
  readonly auth: { readonly user: string; readonly pass: string } | null;
  readonly from: string;
}

const PORTS = { "smtp:": 587, "smtps:": 465 } as const;

/** Null for what is no such address. */
export function parseSmtpAddress(text: string): SmtpAddress | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port, username, password, searchParams } = new URL(text);
  if (protocol !== "smtp:" && protocol !== "smtps:") return null;
  const host = hostname.replace(/^\[|\]$/g, "");
  const from = searchParams.get("from") ?? `parley@${host}`;
  if (host === "" || /\p{Cc}/u.test(from)) return null;
  const auth = username === "" ? null : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  const tls = protocol === "smtps:";
  return {
    host,
    port: port === "" ? PORTS[protocol] : Number(port),
    tls,
    // A password is not given to a network that may have cut STARTTLS out of the greeting.
    requireTls: !tls && auth !== null && !isLoopbackHost(host) && searchParams.get("starttls") !== "optional",
    auth,
    from,
  };
}
