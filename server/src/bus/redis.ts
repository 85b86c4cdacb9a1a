import type { Cluster, Redis } from "ioredis";
import { BUS_CHANNELS, type Bus, type BusListener, type BusMessage, channelOfMessage } from "./bus.ts";
import { type Envelope, openEnvelope, sealEnvelope } from "./envelope.ts";

export interface RedisBusOptions {
  /** Makes a link of its own; called twice, since a subscribed link can do nothing else. */
  readonly connect: () => Redis | Cluster;
  /** Boot id of this node: it hears its own messages back and ignores them. */
  readonly nodeId: string;
}

/** Messages handed to ioredis and not yet answered. More means that the link hangs: then dropping is better than memory. */
const UNANSWERED_MAX = 10_000;
/** Senders whose numbering is remembered: nodes times channels, with room for nodes that have gone. */
const SENDERS_MAX = 64 * BUS_CHANNELS;
const PREFIX = "bus:";

/**
 * Redis publish/subscribe on a fixed set of channels. Redis forgets what it cannot deliver, so each node numbers what
 * it publishes on a channel, and a number that jumps, or a link that broke, is told as a hole.
 */
export class RedisBus implements Bus {
  private readonly nodeId: string;
  private readonly publisher: Redis | Cluster;
  private readonly subscriber: Redis | Cluster;
  private readonly published = new Array<number>(BUS_CHANNELS).fill(0);
  /** `channel:node` -> the last number heard. */
  private readonly heard = new Map<string, number>();
  private listener: BusListener | null = null;
  private unanswered = 0;
  private closed = false;

  private constructor(options: RedisBusOptions) {
    this.nodeId = options.nodeId;
    this.publisher = options.connect();
    this.subscriber = options.connect();
    // Without a listener ioredis prints errors itself. The link repairs itself, and holes tell what was missed.
    this.publisher.on("error", ignore);
    this.subscriber.on("error", ignore);
  }

  /** Resolves when it hears all channels. */
  static async open(options: RedisBusOptions): Promise<RedisBus> {
    const bus = new RedisBus(options);
    bus.subscriber.on("messageBuffer", (channel: Buffer, payload: Buffer) => bus.hear(channel, payload));
    await bus.subscriber.subscribe(...Array.from({ length: BUS_CHANNELS }, (_, n) => PREFIX + n));
    // From here on "ready" means that the link was lost and is back; ioredis has subscribed again by itself.
    bus.subscriber.on("ready", () => bus.listener?.hole(null));
    return bus;
  }

  publish(message: BusMessage): void {
    const channel = channelOfMessage(message);
    const number = (this.published[channel] ?? 0) + 1;
    this.published[channel] = number;
    if (this.closed || this.unanswered >= UNANSWERED_MAX) return;
    this.unanswered++;
    this.publisher.publish(PREFIX + channel, sealEnvelope({ nodeId: this.nodeId, number, message })).then(
      () => this.answered(),
      // Lost on the way out: the next number that arrives shows the hole to everybody.
      () => this.answered(),
    );
  }

  listen(listener: BusListener): void {
    this.listener = listener;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.listener = null;
    this.subscriber.disconnect();
    this.publisher.disconnect();
  }

  private answered(): void {
    this.unanswered--;
  }

  private hear(name: Buffer, payload: Buffer): void {
    const channel = Number(name.toString("latin1").slice(PREFIX.length));
    const envelope = openEnvelope(payload, this.nodeId);
    if (envelope === "own" || !this.listener) return;
    if (envelope === "invalid") {
      this.listener.hole(channel);
      return;
    }
    if (this.skipped(channel, envelope)) this.listener.hole(channel);
    this.listener.message(envelope.message);
  }

  private skipped(channel: number, { nodeId, number }: Envelope): boolean {
    const sender = `${channel}:${nodeId}`;
    const last = this.heard.get(sender);
    // Reinserted, so that the map's first key is the sender that was silent the longest.
    this.heard.delete(sender);
    this.heard.set(sender, number);
    if (this.heard.size > SENDERS_MAX) this.heard.delete(this.heard.keys().next().value ?? "");
    return last !== undefined && number !== last + 1;
  }
}

function ignore(): void {}
