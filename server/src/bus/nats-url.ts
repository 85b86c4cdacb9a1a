export interface NatsLocation {
  /** `host:port` of each server that may be dialled; more become known from those. */
  readonly servers: readonly string[];
  /** `tls://`: a server without TLS is refused. With `nats://` TLS is used where the server wants it. */
  readonly tls: boolean;
  readonly access:
    | { readonly kind: "none" }
    | { readonly kind: "password"; readonly username: string; readonly password: string }
    | { readonly kind: "token"; readonly token: string };
  /** First word of every subject: deployments that share one NATS do not hear each other. */
  readonly prefix: string;
  /** Paths. */
  readonly files: Partial<Record<NatsFile, string>>;
}

/** Authority to trust, certificate and key of this client, credentials (JWT and seed) as `nsc` writes them. */
export type NatsFile = "ca" | "cert" | "key" | "creds";

const FORMS =
  "nats://host:port,host:port/prefix or tls://…, with user:password@ or token@ before the hosts and ?ca=, cert=, key=, creds=file at the end where needed";
const FILES: readonly NatsFile[] = ["ca", "cert", "key", "creds"];
const DEFAULT_PREFIX = "parley";
const DEFAULT_PORT = 4222;

export function isNatsUrl(text: string): boolean {
  return /^(nats|tls):\/\//i.test(text);
}

/** Several hosts are no URL by the standard, hence by hand. Throws what the operator should read, without secrets. */
export function parseNatsUrl(text: string): NatsLocation {
  const parts = /^(nats|tls):\/\/(?:([^/?]*)@)?([^/?@]+)(?:\/([^/?]*))?(?:\?(.*))?$/i.exec(text);
  if (parts === null) throw new Error(`the address is not understood; it looks like ${FORMS}`);
  const [, scheme = "", credentials, hosts = "", prefix = "", query = ""] = parts;
  if (!/^[A-Za-z0-9_-]{0,32}$/.test(prefix)) {
    throw new Error("the prefix at the address's end is up to 32 letters, digits, _ and -");
  }
  const files = filesOf(query);
  if ((files.cert === undefined) !== (files.key === undefined)) throw new Error("cert= and key= go together");
  const tls = scheme.toLowerCase() === "tls";
  if (!tls && (files.ca !== undefined || files.cert !== undefined)) throw new Error("ca=, cert= and key= need tls://");
  const access = accessOf(credentials);
  if (files.creds !== undefined && access.kind !== "none") throw new Error("creds= stands for user and password");
  return { servers: hosts.split(",").map(serverOf), tls, access, prefix: prefix || DEFAULT_PREFIX, files };
}

function serverOf(text: string): string {
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i.exec(text);
  const port = parts?.[2] === undefined ? DEFAULT_PORT : Number(parts[2]);
  if (parts?.[1] === undefined || port < 1 || port > 65_535) {
    throw new Error("the address has a host that is not understood; it looks like host:port or [IPv6]:port");
  }
  return `${parts[1]}:${port}`;
}

function accessOf(text: string | undefined): NatsLocation["access"] {
  if (text === undefined || text === "") return { kind: "none" };
  const colon = text.indexOf(":");
  if (colon < 0) return { kind: "token", token: decoded(text) };
  return { kind: "password", username: decoded(text.slice(0, colon)), password: decoded(text.slice(colon + 1)) };
}

function filesOf(query: string): NatsLocation["files"] {
  const files: Partial<Record<NatsFile, string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const file = FILES.find((known) => known === name);
    if (file === undefined) throw new Error(`the address has "${name}=" at its end; known are ${FILES.join(", ")}`);
    if (value === "") throw new Error(`${name}= names a file`);
    files[file] = value;
  }
  return files;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("the user, password or token in the address has a % that is no escape; write it %25");
  }
}
