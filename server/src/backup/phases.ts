/**
 * In which order the keys of a store that changes meanwhile are read, so that what was read fits together like a store
 * whose server died: nothing points to what is not there.
 *
 * A deed writes what is true first and what points to it later (a user, then the handle; an entry of a log, then its
 * indexes, marks and notices). So a backup reads in the opposite order: what is `derived`, then the `logs`, then the
 * `records` of people, chats and files that logs speak of. Each log then reaches at least as far as anything says that was read
 * before, and whoever and whatever is in it is there. What a deed writes beforehand (claims of message ids, timed deeds,
 * intents; the bytes of pictures) is read last, `before` all else by its own time. Deeds that ended meanwhile leave their intents in a
 * list, which is put back among the intents: the first start does them again.
 */
export const PHASES = ["derived", "logs", "records", "before"] as const;
export type Phase = (typeof PHASES)[number];

const LOG = /^c:\{[^}]+\}:m$/;
const RECORD = /^((u|f|c|call):\{[^}]+\}$|pair:|dm:)/;
const CLAIMS = /^(c:\{[^}]+\}):d:/;
const BEFORE = /^(due$|intent:|b:)/;
/** Of processes that live now, of moments, and of the backup itself. */
const LEFT_OUT = /^(nodes$|on:|lead:|probe:|backup$|backup:|restoring$|hr:|er:|owner:release$)|^[uc]:\{[^}]+\}:turn$/;
/** Sealed anew for where it is put back; see private-files.ts. */
const IDENTITY = "identity";

/** Null: it belongs in no backup. */
export function phaseOf(key: string): Phase | null {
  if (key === IDENTITY || LEFT_OUT.test(key)) return null;
  if (BEFORE.test(key) || CLAIMS.test(key)) return "before";
  if (LOG.test(key)) return "logs";
  return RECORD.test(key) ? "records" : "derived";
}

/** The log whose entries the claims of this key are about; null: it holds none. */
export function logOfClaims(key: string): string | null {
  const chat = CLAIMS.exec(key)?.[1];
  return chat === undefined ? null : `${chat}:m`;
}
