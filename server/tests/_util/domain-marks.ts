import type { PollBody } from "@parley/protocol";
import { ChatLogs } from "../../src/domain/messages/chat-logs.ts";
import { chatOverlay } from "../../src/store/keys.ts";
import { uuidv7 } from "./client-ids.ts";
import type { DomainNode } from "./domain-node.ts";
import type { DomainPeer } from "./domain-peer.ts";
import type { DomainStore } from "./domain-stores.ts";

let people = 0;

export function person(node: DomainNode): Promise<DomainPeer> {
  return node.connect().register(`marker${++people}`);
}

/** Two people on two nodes (one, where the store has one only) with a direct chat. */
export async function chatMessageMarks(store: DomainStore) {
  const [here, there] = await Promise.all([store.node(), store.node()]);
  const [alice, bob] = [await person(here), await person(there)];
  const { chatId } = (await alice.call("chat.openDirect", { userId: bob.userId })).chat;
  return { here, there, alice, bob, chatId };
}

export async function say(store: DomainStore, peer: DomainPeer, chatId: string, text: string): Promise<number> {
  const clientId = uuidv7(store.clock.now());
  return (await peer.call("message.send", { chatId, clientId, kind: "text", body: { text } })).seq;
}

/** The mark of a retract, which is the first thing that it writes. */
export async function retract(node: DomainNode, chatId: string, seq: number): Promise<void> {
  await node.store.hashSetNx(chatOverlay(chatId), `${seq}:r`, JSON.stringify({ at: 0 }));
}

/** Asks everybody in the chat, straight in its log. */
export async function ask(
  store: DomainStore,
  node: DomainNode,
  peer: DomainPeer,
  chatId: string,
  poll: Partial<PollBody> = {},
): Promise<number> {
  const logs = new ChatLogs({
    store: node.store,
    clock: store.clock,
    epoch: () => "",
    announce: (message) => node.services.hub.announce(message),
    knownLength: () => null,
  });
  const now = store.clock.now();
  const body = {
    question: "When?",
    options: ["Monday", "Tuesday", "never"],
    multiple: false,
    anonymous: false,
    ...poll,
  };
  const entry = { sender: peer.userId, clientId: uuidv7(now), sentAt: now, kind: "poll", body } as const;
  return (await logs.append(chatId, entry)).seq;
}
