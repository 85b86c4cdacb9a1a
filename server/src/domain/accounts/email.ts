import { domainToASCII } from "node:url";
import { limits, ReplyError } from "@parley/protocol";

/** RFC 5321 section 4.5.3.1.1. */
const LOCAL_MAX = 64;
/** Dot-atom of RFC 5322: what mail systems hand out. Quoted forms are a way to smuggle, not to write. */
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/**
 * The form in which an address is stored and written to: trimmed, the domain in lower case and ASCII. Throws
 * `EMAIL_INVALID`, also for line breaks and NUL anywhere, which would begin another header of a mail.
 */
export function canonicalEmail(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new ReplyError("EMAIL_INVALID");
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf("@");
  const local = trimmed.slice(0, Math.max(0, at));
  const domain = domainToASCII(trimmed.slice(at + 1)).toLowerCase();
  const email = `${local}@${domain}`;
  if (local.length > LOCAL_MAX || !LOCAL.test(local) || !DOMAIN.test(domain) || email.length > limits.EMAIL_MAX) {
    throw new ReplyError("EMAIL_INVALID");
  }
  return email;
}

/** The form in which addresses are compared: no mail system in use tells two people apart by capitals. */
export function emailForm(email: string): string {
  return email.toLowerCase();
}
