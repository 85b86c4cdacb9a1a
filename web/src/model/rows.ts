import type { UserId } from "@parley/protocol";
import { isNews, type Message } from "./message.ts";

/** Messages of one person closer together than this are one group. */
const GROUP_MS = 5 * 60_000;

/** A message with what its neighbours make of it. */
export interface Row {
  readonly message: Message;
  readonly mine: boolean;
  /** The first of its day. */
  readonly newDay: boolean;
  /** The first that was unread when the chat was opened. */
  readonly divider: boolean;
  /** First and last of a group by one sender. */
  readonly starts: boolean;
  readonly ends: boolean;
}

/** `known`: rows made before. One that is still the same is the same object, so that what shows it stays as it is. */
export function toRows(
  messages: readonly Message[],
  { me, dividerSeq, dayOf }: { me: UserId | null; dividerSeq: number | null; dayOf: (at: number) => number },
  known = new WeakMap<Message, Row>(),
): readonly Row[] {
  const dividerAt = dividerSeq === null ? -1 : messages.findIndex((message) => isUnread(message, me, dividerSeq));
  const days = messages.map(({ sentAt }) => dayOf(sentAt));
  const joins = messages.map((message, at) => {
    const before = messages[at - 1];
    return before !== undefined && at !== dividerAt && days[at] === days[at - 1] && isSameGroup(before, message);
  });
  return messages.map((message, at) => {
    const row: Row = {
      message,
      mine: message.sender === me,
      newDay: at === 0 || days[at] !== days[at - 1],
      divider: at === dividerAt,
      starts: joins[at] !== true,
      ends: joins[at + 1] !== true,
    };
    const before = known.get(message);
    if (before !== undefined && isSameRow(before, row)) return before;
    known.set(message, row);
    return row;
  });
}

function isSameRow(a: Row, b: Row): boolean {
  return (
    a.mine === b.mine && a.newDay === b.newDay && a.divider === b.divider && a.starts === b.starts && a.ends === b.ends
  );
}

function isUnread(message: Message, me: UserId | null, fromSeq: number): boolean {
  return isNews(message, me) && message.seq !== undefined && message.seq >= fromSeq;
}

function isSameGroup(before: Message, message: Message): boolean {
  if (before.kind !== "text" || message.kind !== "text") return false;
  if (before.call !== undefined || message.call !== undefined) return false;
  return before.sender === message.sender && message.sentAt - before.sentAt < GROUP_MS;
}
