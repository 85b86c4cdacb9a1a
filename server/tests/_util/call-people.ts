import { randomUUID } from "node:crypto";
import type { Call, Params, Signal } from "@parley/protocol";
import type { DomainNode } from "./domain-node.ts";
import type { DomainPeer } from "./domain-peer.ts";
import { quickPerson } from "./quick-person.ts";

export const MICROPHONE = [{ streamId: "camera", kind: "camera", audio: true, video: false }] as const;
export const OFFER: Signal = { kind: "description", type: "offer", sdp: "v=0\r\n", tracks: [] };

/** One more device of somebody, connected and told of everything. */
export async function deviceOf(node: DomainNode, userId: string): Promise<DomainPeer> {
  const peer = node.connect();
  peer.signIn((await node.services.credentials.create(userId, "test", 0)).session);
  await peer.call("sync.pull", {});
  return peer;
}

/** Somebody new with one device, without a password. */
export async function caller(node: DomainNode): Promise<DomainPeer> {
  return deviceOf(node, await quickPerson(node));
}

export async function directChatOf(one: DomainPeer, other: DomainPeer): Promise<string> {
  return (await one.call("chat.openDirect", { userId: other.userId })).chat.chatId;
}

/** A group, of which everybody has heard. */
export async function groupOf(owner: DomainPeer, ...others: readonly DomainPeer[]): Promise<string> {
  const members = others.map(({ userId }) => userId);
  const { chatId } = (await owner.call("chat.createGroup", { name: "g", members })).chat;
  await Promise.all([owner, ...others].map((peer) => peer.event("chat.changed", ({ chat }) => chat.chatId === chatId)));
  return chatId;
}

/** A device's part in a call. */
export interface Part {
  readonly callId: string;
  readonly participantId: string;
}

export function newPart(callId: string = randomUUID()): Part {
  return { callId, participantId: randomUUID() };
}

export async function start(
  peer: DomainPeer,
  chatId: string,
  more: Partial<Params<"call.start">> = {},
): Promise<Part & { readonly call: Call }> {
  const part = newPart();
  const { call } = await peer.call("call.start", { ...part, chatId, video: false, streams: [...MICROPHONE], ...more });
  return { callId: call.callId, participantId: more.participantId ?? part.participantId, call };
}

export async function join(peer: DomainPeer, callId: string): Promise<Part & { readonly call: Call }> {
  const part = newPart(callId);
  const { call } = await peer.call("call.join", { ...part, streams: [...MICROPHONE] });
  return { ...part, call };
}

/** The device hears of the call in this state. */
export async function hears(peer: DomainPeer, callId: string, matches: (call: Call) => boolean): Promise<Call> {
  return (await peer.event("call.changed", ({ call }) => call.callId === callId && matches(call))).call;
}

export function signalOf(from: Part, to: Part, signal: Signal = OFFER, number = 1): Params<"call.signal"> {
  return { callId: from.callId, from: from.participantId, to: to.participantId, link: 1, number, signal };
}

/** What the chat's log says of calls, as this device reads it. */
export async function callMessages(peer: DomainPeer, chatId: string) {
  const { messages } = await peer.call("message.history", { chatId, limit: 50 });
  return messages.flatMap((message) => (message.kind === "call" ? [message] : []));
}

export const stateOf = (call: Call, userId: string) => call.invited.find((one) => one.userId === userId)?.state;
