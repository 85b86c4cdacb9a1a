import { BUS_CHANNELS } from "./bus.ts";

/** Senders whose numbering is remembered: nodes times channels, with room for nodes that have gone. */
const SENDERS_MAX = 64 * BUS_CHANNELS;

/** Each node counts what it publishes on a channel, so that others see what they have missed. */
export class Numbering {
  readonly #published = new Array<number>(BUS_CHANNELS).fill(0);
  /** `channel:node` -> the last number heard. */
  readonly #heard = new Map<string, number>();

  next(channel: number): number {
    const number = (this.#published[channel] ?? 0) + 1;
    this.#published[channel] = number;
    return number;
  }

  /** Were there messages of this node on this channel that did not arrive? */
  skipped(channel: number, { nodeId, number }: { readonly nodeId: string; readonly number: number }): boolean {
    const sender = `${channel}:${nodeId}`;
    const last = this.#heard.get(sender);
    // Reinserted, so that the map's first key is the sender that was silent the longest.
    this.#heard.delete(sender);
    this.#heard.set(sender, number);
    if (this.#heard.size > SENDERS_MAX) this.#heard.delete(this.#heard.keys().next().value ?? "");
    return last !== undefined && number !== last + 1;
  }
}
