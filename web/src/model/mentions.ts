import type { Member, TextBody } from "@parley/protocol";
import { limits } from "@parley/protocol";

/** What mentions everybody, as it is written. */
export const EVERYONE = "everyone";

const NAMED = /(?:^|[\s(])@([\p{L}\p{N}_.#-]{1,64})/gu;

/** The stretches of a text, of which those that are `named` mention one of `names`, which are in lower case. */
export function namedRuns(
  text: string,
  names: ReadonlySet<string>,
): { readonly text: string; readonly named: boolean }[] {
  const runs: { text: string; named: boolean }[] = [];
  let done = 0;
  for (const match of text.matchAll(NAMED)) {
    const name = withoutEnd(match[1] ?? "");
    if (!names.has(name.toLowerCase())) continue;
    const at = match.index + match[0].indexOf("@");
    if (at > done) runs.push({ text: text.slice(done, at), named: false });
    done = at + 1 + name.length;
    runs.push({ text: text.slice(at, done), named: true });
  }
  if (done < text.length) runs.push({ text: text.slice(done), named: false });
  return runs;
}

/** Whom a text names as `@handle`. `everyone`: the writer may mention all. */
export function mentionsIn(
  text: string,
  members: readonly Member[],
  everyone: boolean,
): Pick<TextBody, "mentions" | "mentionAll"> {
  const named = new Set([...text.matchAll(NAMED)].map(([, name = ""]) => withoutEnd(name).toLowerCase()));
  if (named.size === 0) return {};
  if (everyone && named.has(EVERYONE)) return { mentionAll: true };
  const mentions = members
    .filter(({ user }) => named.has(user.handle.toLowerCase()))
    .map(({ user }) => user.userId)
    .slice(0, limits.MENTIONS_MAX);
  return mentions.length === 0 ? {} : { mentions };
}

/** What ends the sentence, and not the name. */
function withoutEnd(name: string): string {
  return name.replace(/[.-]+$/, "");
}
