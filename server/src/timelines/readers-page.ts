import { ReplyError, type UserId } from "@parley/protocol";
import { highestMarkers } from "../records/markers.ts";
import { membersOf } from "../records/membership.ts";
import { requireMessage } from "../records/message-target.ts";
import { readCards } from "../records/user-record.ts";
import { chatDelivered, chatMembers, chatRead } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import type { Jobs } from "./jobs.ts";
import { Page } from "./page.ts";

/** In larger chats nobody is told who has read what, as with live receipts. */
const MEMBERS_MAX = 128;
/** Facts about members that are read at once to count them: several for who came and went. */
const FACTS_MAX = 16 * MEMBERS_MAX;

/** `message.readers`, of those who are members now and were when it was sent, without who sent it. */
export async function readersPage(store: Kv, { userId, params }: Jobs["readers"]): Promise<Uint8Array> {
  const { chatId, seq } = params;
  const { head } = await requireMessage(store, chatId, userId, seq);
  if ((await store.hashLength(chatMembers(chatId))) > FACTS_MAX) throw new ReplyError("REPLY_TOO_LARGE");
  const members = await membersOf(store, chatId);
  if (members.length > MEMBERS_MAX) throw new ReplyError("REPLY_TOO_LARGE");
  const [read, delivered] = await Promise.all([
    store.hashGetAll(chatRead(chatId)).then(highestMarkers),
    store.hashGetAll(chatDelivered(chatId)).then(highestMarkers),
  ]);
  const others = members.filter((member) => member.userId !== head.sender && member.joinedSeq <= seq);
  const hasRead = (id: UserId) => (read.get(id) ?? 0) >= seq;
  const hasOnlyReceived = (id: UserId) => !hasRead(id) && (delivered.get(id) ?? 0) >= seq;
  const cardsOf = (which: (id: UserId) => boolean) =>
    readCards(store, others.map((member) => member.userId).filter(which));
  const [readers, receivers] = await Promise.all([cardsOf(hasRead), cardsOf(hasOnlyReceived)]);
  return new Page().text(JSON.stringify({ read: readers, delivered: receivers })).join();
}
