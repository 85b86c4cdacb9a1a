import type { ChatId, ClientId, UserId } from "@parley/protocol";
import { type Claim, parseClaim } from "../store/claim.ts";
import { dedupeBucket, dedupeId } from "../store/keys.ts";
import type { Reads } from "../store/kv.ts";

/** What is known of the entry that `sender` appends, or has appended, by this id; null: nothing of it is in the log. */
export async function readClaim(
  store: Reads,
  chatId: ChatId,
  sender: UserId,
  clientId: ClientId,
): Promise<Claim | null> {
  const text = await store.hashGet(dedupeBucket(chatId, clientId).key, dedupeId(sender, clientId));
  return text === null ? null : parseClaim(text);
}
