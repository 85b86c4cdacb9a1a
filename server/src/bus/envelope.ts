import type { BusMessage } from "./bus.ts";

/** Says only that a node has begun to listen. */
export interface Greeting {
  readonly kind: "greeting";
}

/** A message on its way: who published it, and as which of its messages on that channel. */
export interface Envelope<M = BusMessage> {
  readonly nodeId: string;
  /** 1, 2, 3 ... per node and channel; a jump is a loss. A greeting has none: 0. */
  readonly number: number;
  readonly message: M;
}

/** `nodeId number json`. The node comes first so that a node's own echo is recognised without parsing. */
export function sealEnvelope({ nodeId, number, message }: Envelope<unknown>): string {
  return `${nodeId} ${number} ${JSON.stringify(message)}`;
}

/** Whoever can publish on the store's channels is trusted with the data anyway; a broken text is a loss, no crash. */
export function openEnvelope<M = BusMessage>(payload: Buffer, ownNodeId: string): Envelope<M> | "own" | "invalid" {
  const nodeEnd = payload.indexOf(0x20);
  if (nodeEnd < 1) return "invalid";
  const nodeId = payload.toString("latin1", 0, nodeEnd);
  if (nodeId === ownNodeId) return "own";
  const numberEnd = payload.indexOf(0x20, nodeEnd + 1);
  const number = Number(payload.toString("latin1", nodeEnd + 1, numberEnd));
  if (numberEnd < 0 || !Number.isSafeInteger(number)) return "invalid";
  try {
    return { nodeId, number, message: JSON.parse(payload.toString("utf8", numberEnd + 1)) as M };
  } catch {
    return "invalid";
  }
}
