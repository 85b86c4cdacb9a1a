import { ReplyError } from "@parley/protocol";
import { displayLine } from "../people/display-text.ts";

/** The name of a group as it is stored. Throws `INVALID_PARAMS` when nothing is left of it. */
export function cleanName(name: string): string {
  const clean = displayLine(name);
  if (clean === "") throw new ReplyError("INVALID_PARAMS", { message: "A name needs a visible character." });
  return clean;
}
