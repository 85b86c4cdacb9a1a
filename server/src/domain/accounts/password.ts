import { limits, ReplyError } from "@parley/protocol";
import { COMMON_PASSWORDS, KEYBOARD_ROWS } from "./common-passwords.ts";

const COMMON = new Set(COMMON_PASSWORDS.split(" "));

/** What people type for a letter to get a digit or a sign in. */
const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** A run along one of these is no secret, forwards or backwards. */
const RUNS = [...KEYBOARD_ROWS, "abcdefghijklmnopqrstuvwxyz", "01234567890"].flatMap((run) => [
  run,
  [...run].reverse().join(""),
]);

const RUN_MAX = Math.max(...RUNS.map((run) => run.length));

/**
 * Throws `PASSWORD_WEAK`. The list is of words: a common word stays common in capitals, in leet, and with digits or
 * signs around it, so a few hundred words stand for many thousands of passwords.
 */
export function checkPassword(password: string, handle: string): void {
  const normal = password.normalize("NFKC");
  const length = [...normal].length;
  if (length < limits.PASSWORD_MIN || length > limits.PASSWORD_MAX) throw new ReplyError("PASSWORD_WEAK");
  if (isCommon(normal.toLowerCase(), handle)) throw new ReplyError("PASSWORD_WEAK");
}

function isCommon(password: string, handle: string): boolean {
  const unit = shortestPeriod(password);
  if (unit.length <= 3 || RUNS.some((run) => run.includes(unit))) return true;
  const name = handle.replace(/#.*$/, "");
  for (const form of [password, unit]) {
    for (const word of wordsOf(form)) if (COMMON.has(word) || word === name || isRunOf(word)) return true;
  }
  return false;
}

/** The word in a password: as it is, without what surrounds it, and with its leet undone. */
function wordsOf(password: string): string[] {
  const bare = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const plain = unleet(password);
  return [password, bare, unleet(bare), plain, unleet(password.replace(/[0-9\W_]+$/u, ""))];
}

function unleet(text: string): string {
  return [...text].map((letter) => LEET[letter] ?? letter).join("");
}

/** Two or more pieces of keyboard runs in a row, like `qwerty12345` or `asdf1234`. */
function isRunOf(word: string): boolean {
  if (word.length < limits.PASSWORD_MIN) return false;
  let rest = word;
  while (rest.length >= 3) {
    let taken = /^(.)\1{2,}/su.exec(rest)?.[0].length ?? 0;
    // Bounded by the runs, not by the password: a stranger may send one after the other.
    for (let length = Math.min(rest.length, RUN_MAX); length >= 3 && length > taken; length -= 1) {
      const piece = rest.slice(0, length);
      if (RUNS.some((run) => run.includes(piece))) taken = length;
    }
    if (taken === 0) return false;
    rest = rest.slice(taken);
  }
  return rest.length === 0;
}

/** `abcabcabc` says no more than `abc`. */
function shortestPeriod(text: string): string {
  const period = (text + text).indexOf(text, 1);
  return text.slice(0, period);
}
