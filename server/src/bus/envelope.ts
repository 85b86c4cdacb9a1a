import type { BusMessage } from "./bus.ts";

/** A message on its way: who published it, and as which of its messages on that channel. */
export interface Envelope {
  readonly nodeId: string;
  /** 1, 2, 3 ... per node and channel; a jump is a loss. */
  readonly number: number;
  readonly message: BusMessage;
}

/** `nodeId number json`. The node comes first so that a node's own echo is recognised without parsing. */
export function sealEnvelope({ nodeId, number, message }: Envelope): string {
  return `${nodeId} ${number} ${JSON.stringify(message)}`;
}

/** Whoever can publish on the store's channels is trusted with the data anyway; a broken text is a loss, no crash. */
export function openEnvelope(payload: Buffer, ownNodeId: string): Envelope | "own" | "invalid" {
  const nodeEnd = payload.indexOf(0x20);
  if (nodeEnd < 1) return "invalid";
  const nodeId = payload.toString("latin1", 0, nodeEnd);
  if (nodeId === ownNodeId) return "own";
  const numberEnd = payload.indexOf(0x20, nodeEnd + 1);
  const number = Number(payload.toString("latin1", nodeEnd + 1, numberEnd));
  if (numberEnd < 0 || !Number.isSafeInteger(number)) return "invalid";
  try {
    return { nodeId, number, message: JSON.parse(payload.toString("utf8", numberEnd + 1)) as BusMessage };
  } catch {
    return "invalid";
  }
}
