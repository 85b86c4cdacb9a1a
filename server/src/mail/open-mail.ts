import type { Clock } from "@parley/protocol";
import { type Log, type LogLevel, logLetters } from "../log.ts";
import { OUTBOX, parseSmtpAddress } from "./mail-address.ts";
import { MailQueue } from "./mail-queue.ts";

/** Null where the server sends no mail. `setting` is that of the configuration, which was checked. */
export async function openMail(
  setting: string,
  { clock, log, logLevel }: { readonly clock: Clock; readonly log: Log; readonly logLevel: LogLevel },
): Promise<MailQueue | null> {
  if (setting === "") return null;
  if (setting === OUTBOX) return new MailQueue({ send: logLetters(logLevel), close: () => {} }, clock, log);
  const address = parseSmtpAddress(setting);
  if (address === null) throw new Error("The configuration let a wrong mail address pass");
  // Its library is loaded where letters are sent: most servers send none.
  const { openSmtp } = await import("./smtp.ts");
  return new MailQueue(openSmtp(address), clock, log);
}
