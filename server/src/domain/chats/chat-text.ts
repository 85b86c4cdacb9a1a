import { ReplyError } from "@parley/protocol";

/** Controls, line breaks among them, would tear a row; what turns the direction of writing makes names lie. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const VISIBLE = /[^\p{White_Space}\p{Cf}\p{Default_Ignorable_Code_Point}\p{M}\u2800]/u;

/** The name of a group as it is stored. Throws `INVALID_PARAMS` when nothing is left of it. */
export function cleanName(name: string): string {
  const clean = name.replace(CONTROLS, " ").replace(DIRECTION, "").replace(/\s+/gu, " ").trim();
  if (!VISIBLE.test(clean)) throw new ReplyError("INVALID_PARAMS", { message: "A name needs a visible character." });
  return clean;
}

/** A description may have lines. */
export function cleanDescription(description: string): string {
  return description
    .split(/\r\n|[\r\n\u2028\u2029]/u)
    .map((line) => line.replace(CONTROLS, " ").replace(DIRECTION, "").trimEnd())
    .join("\n")
    .trim();
}
