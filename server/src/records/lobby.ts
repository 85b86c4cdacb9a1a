import type { ChatId } from "@parley/protocol";
import { chatKey, LOBBY } from "../store/keys.ts";
import type { Kv, Reads } from "../store/kv.ts";

/**
 * The chat of everybody, one for the whole deployment. Nobody's membership is written down: who has an account belongs,
 * as long as the operator has switched it on.
 */
export async function readLobby(store: Reads): Promise<ChatId | null> {
  const [chatId = null, on] = await store.hashGetMany(LOBBY, ["chatId", "on"]);
  return on === "1" ? chatId : null;
}

export async function isLobby(store: Reads, chatId: ChatId): Promise<boolean> {
  return (await readLobby(store)) === chatId;
}

/** Made by whoever switches it on first; nodes that do so at once end with the same chat. */
export async function openLobby(
  store: Kv,
  { chatId: fresh, name, at }: { chatId: ChatId; name: string; at: number },
): Promise<void> {
  await store.hashSetNx(LOBBY, "chatId", fresh);
  const chatId = await store.hashGet(LOBBY, "chatId");
  if (chatId === null) throw new Error("The lobby is gone from the store");
  await store.hashSetNx(chatKey(chatId), "createdAt", String(at));
  await store.hashSetMany(chatKey(chatId), { kind: "lobby", name });
  await store.hashSet(LOBBY, "on", "1");
}

/** What was written in it is kept for when it is opened again. */
export async function closeLobby(store: Kv): Promise<void> {
  if ((await store.hashGet(LOBBY, "on")) === "1") await store.hashSet(LOBBY, "on", "0");
}
