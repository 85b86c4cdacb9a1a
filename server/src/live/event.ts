import { type ChatId, type EventData, type EventName, encodeEvent } from "@parley/protocol";
import type { EncodedEvent } from "./caller.ts";

/** Encodes once what many peers get. `chatId`: what to name in `sync.behind` when a slow peer misses it. */
export function event<E extends EventName>(name: E, data: EventData<E>, chatId: ChatId | null): EncodedEvent {
  return { line: Buffer.from(encodeEvent(name, JSON.stringify(data))), chatId };
}

/** The same of data that is JSON text already. */
export function eventOf(name: EventName, text: string, chatId: ChatId | null): EncodedEvent {
  return { line: Buffer.from(encodeEvent(name, text)), chatId };
}

/** `message.new` around the stored JSON text of an entry, which is not parsed. */
export function entryEvent(chatId: ChatId, seq: number, text: string): EncodedEvent {
  const params = `{"chatId":"${chatId}","seq":${seq},${text.slice(1)}`;
  return { line: Buffer.from(encodeEvent("message.new", params)), chatId };
}
