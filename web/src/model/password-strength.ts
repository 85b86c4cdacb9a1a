import { limits } from "@parley/protocol";

export type Strength = "empty" | "tooShort" | "weak" | "fair" | "good" | "strong";

/** What everybody tries first; the server has the long list. */
const OBVIOUS = /^(?:p[a@]ssw[o0]rd|qwert|asdf|1234|letmein|welcome|iloveyou|admin|abc123|parley)/i;

/**
 * A rough estimate from length and variety, made while typing. It encourages; the server's list of common passwords decides.
 */
export function strengthOf(password: string, handle: string): Strength {
  const characters = [...password];
  if (characters.length === 0) return "empty";
  if (characters.length < limits.PASSWORD_MIN) return "tooShort";
  const own = handle.length >= limits.HANDLE_MIN && password.toLowerCase().includes(handle.toLowerCase());
  if (OBVIOUS.test(password) || own) return "weak";
  const bits = Math.log2(alphabetOf(password)) * effectiveLength(characters);
  if (bits < 36) return "weak";
  if (bits < 52) return "fair";
  return bits < 72 ? "good" : "strong";
}

function alphabetOf(password: string): number {
  let size = 0;
  if (/[a-z]/.test(password)) size += 26;
  if (/[A-Z]/.test(password)) size += 26;
  if (/[0-9]/.test(password)) size += 10;
  if (/[^a-zA-Z0-9]/.test(password)) size += 33;
  return size;
}

/** Repetitions and runs (aaaa, 1234) hardly count. */
function effectiveLength(characters: readonly string[]): number {
  let length = 0;
  let before = 0;
  const seen = new Set<string>();
  for (const character of characters) {
    const code = character.codePointAt(0) ?? 0;
    const predictable = Math.abs(code - before) <= 1;
    length += predictable ? 0.2 : seen.has(character) ? 0.7 : 1;
    seen.add(character);
    before = code;
  }
  return length;
}
