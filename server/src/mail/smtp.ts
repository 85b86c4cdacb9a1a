import { createTransport } from "nodemailer";
import { isLoopbackHost } from "../gateway/address.ts";
import type { Letter, MailTransport } from "./letter.ts";
import type { SmtpAddress } from "./mail-address.ts";

/** A mail server that does not answer must not hold a place in the queue for minutes. */
const TIMEOUT_MS = 20_000;

export function openSmtp(address: SmtpAddress): MailTransport {
  const { host, port, tls, requireTls, auth, from } = address;
  const transporter = createTransport({
    host,
    port,
    secure: tls,
    requireTLS: requireTls,
    ...(auth === null ? {} : { auth: { ...auth } }),
    // On this machine a mail server shows a certificate of its own making, if any; nobody sits in between.
    tls: { rejectUnauthorized: !isLoopbackHost(host) },
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, subject, text }: Letter): Promise<void> {
      await transporter.sendMail({
        from,
        // As an object, so that nothing in it is read as a list of addresses.
        to: { name: "", address: to },
        subject,
        text,
        headers: { "Auto-Submitted": "auto-generated" },
      });
    },
    close: () => transporter.close(),
  };
}
