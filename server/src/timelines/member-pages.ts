import { highestMarkers } from "../records/markers.ts";
import { memberOnly, membersOf, standingOf } from "../records/membership.ts";
import { readCards } from "../records/user-record.ts";
import { chatDelivered, chatRead } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import type { Jobs } from "./jobs.ts";
import { Page } from "./page.ts";

/** `member.list`: a large group is some thousand fields. */
export async function membersPage(store: Kv, { userId, params }: Jobs["members"]): Promise<Uint8Array> {
  const { chatId, after = "", limit } = params;
  memberOnly(await standingOf(store, chatId, userId));
  const members = (await membersOf(store, chatId))
    .filter((member) => member.userId > after)
    .sort((a, b) => (a.userId < b.userId ? -1 : 1));
  const listed = members.slice(0, limit);
  const cards = await readCards(
    store,
    listed.map((member) => member.userId),
  );
  const byId = new Map(cards.map((card) => [card.userId, card]));
  const result = listed.flatMap(({ userId: id, role, joinedSeq, mutedUntil }) => {
    const user = byId.get(id);
    return user === undefined ? [] : [{ user, role, joinedSeq, ...(mutedUntil === 0 ? {} : { mutedUntil }) }];
  });
  return json({ members: result, ...(members.length > listed.length ? { more: true } : {}) });
}

/** `chat.receipts`, of those who are members now. */
export async function receiptsPage(store: Kv, { userId, params }: Jobs["receipts"]): Promise<Uint8Array> {
  const { chatId } = params;
  memberOnly(await standingOf(store, chatId, userId));
  const [members, readFields, deliveredFields] = await Promise.all([
    membersOf(store, chatId),
    store.hashGetAll(chatRead(chatId)),
    store.hashGetAll(chatDelivered(chatId)),
  ]);
  const read = highestMarkers(readFields);
  const delivered = highestMarkers(deliveredFields);
  const receipts = members.flatMap(({ userId: id }) => {
    const readSeq = read.get(id) ?? 0;
    // Who has read a message has received it.
    const deliveredSeq = Math.max(delivered.get(id) ?? 0, readSeq);
    return deliveredSeq === 0 ? [] : [{ userId: id, read: readSeq, delivered: deliveredSeq }];
  });
  return json({ receipts });
}

function json(result: object): Uint8Array {
  return new Page().text(JSON.stringify(result)).join();
}
