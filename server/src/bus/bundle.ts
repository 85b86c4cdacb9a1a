import type { BusMessage } from "./bus.ts";

/** Numbers go 1, 2, 3 ... per node and channel; a jump is a loss. */
export type Hint = readonly [channel: number, number: number, message: BusMessage];

/** What a node says at once. Nothing, when it has only begun to listen. */
export interface Bundle {
  readonly nodeId: string;
  readonly hints: readonly Hint[];
}

/** Collects what is said in one turn of the event loop. */
export class OutgoingBundle {
  readonly #texts: string[] = [];
  #length = 0;

  get count(): number {
    return this.#texts.length;
  }

  /** In characters. */
  get length(): number {
    return this.#length;
  }

  /** As it is now: who said it may change it afterwards. */
  add(...hint: Hint): void {
    const text = JSON.stringify(hint);
    this.#texts.push(text);
    this.#length += text.length;
  }

  /** `nodeId json`. The node comes first so that a node's own echo is recognised without parsing. */
  seal(nodeId: string): string {
    return `${nodeId} [${this.#texts.join(",")}]`;
  }
}

/** Whoever can publish on the store's channels is trusted with the data anyway; a broken text is a loss, no crash. */
export function openBundle(payload: Buffer, ownNodeId: string): Bundle | "own" | "invalid" {
  const nodeEnd = payload.indexOf(0x20);
  if (nodeEnd < 1) return "invalid";
  const nodeId = payload.toString("latin1", 0, nodeEnd);
  if (nodeId === ownNodeId) return "own";
  try {
    const hints: unknown = JSON.parse(payload.toString("utf8", nodeEnd + 1));
    return Array.isArray(hints) && hints.every(isHint) ? { nodeId, hints } : "invalid";
  } catch {
    return "invalid";
  }
}

function isHint(hint: unknown): hint is Hint {
  if (!Array.isArray(hint)) return false;
  const [channel, number, message] = hint as unknown[];
  return (
    Number.isSafeInteger(channel) && Number.isSafeInteger(number) && typeof message === "object" && message !== null
  );
}
