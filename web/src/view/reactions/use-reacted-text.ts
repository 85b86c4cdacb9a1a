import type { Reaction } from "@parley/protocol";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";

/** More names than these are a number. */
const NAMED = 3;

/** Who reacted, in words. */
export function useReactedText(): (reaction: Pick<Reaction, "people" | "count">) => string {
  const { people, session } = useRoot();
  return ({ people: ids, count }) => {
    const others = ids.filter((userId) => userId !== session.userId);
    const ordered = ids.length > others.length ? [session.userId ?? "", ...others] : others;
    const names = ordered
      .slice(0, NAMED)
      .map((userId) => (userId === session.userId ? t("common.you") : (people.name(userId) ?? t("common.somebody"))));
    const left = count - names.length;
    return left > 0 ? t("reactions.namesMore", { names: names.join(", "), count: left }) : names.join(", ");
  };
}
