import type { PollBody } from "@parley/protocol";
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

/** Asks everybody in the chat. */
export async function ask(
  store: DomainStore,
  peer: DomainPeer,
  chatId: string,
  poll: Partial<PollBody> = {},
): Promise<number> {
  const clientId = uuidv7(store.clock.now());
  const body = {
    question: "When?",
    options: ["Monday", "Tuesday", "never"],
    multiple: false,
    anonymous: false,
    ...poll,
  };
  return (await peer.call("message.send", { chatId, clientId, kind: "poll", body })).seq;
}
