import type { Cluster, Redis } from "ioredis";
import { BUS_CHANNELS, type Bus, type BusListener, type BusMessage, channelOfMessage } from "./bus.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { Numbering } from "./numbering.ts";

export interface RedisBusOptions {
  /** Makes a link of its own; called twice, since a subscribed link can do nothing else. */
  readonly connect: () => Redis | Cluster;
  /** Boot id of this node: it hears its own messages back and ignores them. */
  readonly nodeId: string;
}

/** Messages handed to ioredis and not yet answered. More means that the link hangs: then dropping is better than memory. */
const UNANSWERED_MAX = 10_000;
const PREFIX = "bus:";

/**
 * Redis publish/subscribe on a fixed set of channels. Redis forgets what it cannot deliver, so each node numbers what
 * it publishes on a channel, and a number that jumps, or a link that broke, is told as a hole.
 */
export class RedisBus implements Bus {
  private readonly nodeId: string;
  private readonly publisher: Redis | Cluster;
  private readonly subscriber: Redis | Cluster;
  private readonly numbering = new Numbering();
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
    const number = this.numbering.next(channel);
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
    if (this.numbering.skipped(channel, envelope)) this.listener.hole(channel);
    this.listener.message(envelope.message);
  }
}

function ignore(): void {}
