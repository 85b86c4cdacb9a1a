import type { Member, TextBody } from "@parley/protocol";
import { limits } from "@parley/protocol";

/** What mentions everybody, as it is written. */
export const EVERYONE = "everyone";

const NAMED = /(?:^|[\s(])@([\p{L}\p{N}_.#-]{1,64})/gu;

/** Whom a text names as `@handle`. `everyone`: the writer may mention all. */
export function mentionsIn(
  text: string,
  members: readonly Member[],
  everyone: boolean,
): Pick<TextBody, "mentions" | "mentionAll"> {
  const named = new Set([...text.matchAll(NAMED)].map(([, name = ""]) => name.toLowerCase().replace(/[.-]+$/, "")));
  if (named.size === 0) return {};
  if (everyone && named.has(EVERYONE)) return { mentionAll: true };
  const mentions = members
    .filter(({ user }) => named.has(user.handle.toLowerCase()))
    .map(({ user }) => user.userId)
    .slice(0, limits.MENTIONS_MAX);
  return mentions.length === 0 ? {} : { mentions };
}
