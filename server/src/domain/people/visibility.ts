import type { UserId } from "@parley/protocol";
import { type PairState, readPairState, sideOf } from "../../records/pair.ts";
import { privacyOf } from "../../records/user-record.ts";
import { userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { acquaintances } from "./acquaintances.ts";

/**
 * Those of `userIds` whose presence the user may see: people of the same chats, where neither of the two has blocked the
 * other or hides from the other. Who hides sees as little.
 */
export async function visibleTo(store: Kv, userId: UserId, userIds: readonly UserId[]): Promise<Set<UserId>> {
  const own = await shownTo(store, userId);
  if (own === "nobody") return new Set();
  const known = await acquaintances(store, userId, userIds);
  const visible = await Promise.all(
    [...known].map(async (id) => {
      const [theirs, state] = await Promise.all([shownTo(store, id), readPairState(store, userId, id)]);
      return isOpen(own, theirs, state, [userId, id]) ? id : null;
    }),
  );
  return new Set(visible.filter((id) => id !== null));
}

type Shown = Awaited<ReturnType<typeof shownTo>>;

function isOpen(own: Shown, theirs: Shown, state: PairState, people: readonly UserId[]): boolean {
  if (people.some((id) => sideOf(state, id).blocks !== undefined)) return false;
  const shows = (policy: Shown) => policy === "everyone" || (policy === "contacts" && state.contact !== undefined);
  return shows(own) && shows(theirs);
}

async function shownTo(store: Kv, userId: UserId) {
  return privacyOf(null, await store.hashGet(userKey(userId), "presence")).presence;
}
