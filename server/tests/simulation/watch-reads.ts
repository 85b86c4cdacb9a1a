import type { ChatId, Result } from "@parley/protocol";
import type { Handlers } from "../../src/api/handlers.ts";
import { RawJson } from "../../src/api/raw-json.ts";
import type { Peer } from "../../src/live/caller.ts";
import { chatLog } from "../../src/store/keys.ts";
import { goneSince } from "./watch.ts";
import type { World } from "./world.ts";

/** Handlers whose pages are looked at: who was gone when they asked reads nothing from after their end (S8). */
export function watchReads(world: World, handlers: Handlers): Handlers {
  const goneFrom = (chatId: ChatId, userId: string) =>
    goneSince(world.store.find(chatLog(chatId), "list")?.entries ?? [], userId);
  const goneFromAll = (userId: string) => new Map(chatIds(world).map((chatId) => [chatId, goneFrom(chatId, userId)]));
  return {
    ...handlers,
    "message.history": async (peer, params) => {
      const { userId } = peer.session ?? {};
      const asked = userId === undefined ? null : goneFrom(params.chatId, userId);
      const page = await handlers["message.history"](peer, params);
      const seq = last(read<"message.history">(page).messages);
      // Who came back meanwhile may read.
      const gone = asked !== null && goneFrom(params.chatId, userId ?? "") === asked && world.failovers === 0;
      world.object(!gone || seq <= asked, () => `[S8] history tells ${seq} to who was removed by ${asked}`);
      return page;
    },
    "sync.pull": async (peer: Peer, params: never) => {
      const { userId } = peer.session ?? {};
      const asked = userId === undefined ? new Map() : goneFromAll(userId);
      const page = await (handlers["sync.pull"] as (peer: Peer, params: never) => Promise<unknown>)(peer, params);
      for (const { chat, messages } of read<"sync.pull">(page).chats) {
        const before = asked.get(chat.chatId) ?? null;
        const gone = before !== null && goneFrom(chat.chatId, userId ?? "") === before && world.failovers === 0;
        world.object(!gone || last(messages) <= before, () => `[S8] a pull tells of ${chat.chatId} after ${before}`);
      }
      return page;
    },
  } as Handlers;
}

function chatIds(world: World): ChatId[] {
  return world.store.keys("c:").flatMap((key) => /^c:\{(\w+)\}:m$/.exec(key)?.[1] ?? []);
}

function read<M extends "message.history" | "sync.pull">(page: unknown): Result<M> {
  return (page instanceof RawJson ? JSON.parse(Buffer.from(page.bytes).toString()) : page) as Result<M>;
}

function last(messages: readonly { readonly seq: number }[]): number {
  return messages.at(-1)?.seq ?? 0;
}
