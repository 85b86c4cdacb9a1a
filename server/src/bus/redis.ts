import type { Clock } from "@parley/protocol";
import { Cluster, type Redis } from "ioredis";
import { metrics } from "../metrics.ts";
import { Audience } from "./audience.ts";
import { BUS_CHANNELS, type Bus, type BusListener, type BusMessage, channelOfMessage } from "./bus.ts";
import { type Envelope, type Greeting, openEnvelope, sealEnvelope } from "./envelope.ts";
import { Numbering } from "./numbering.ts";

export interface RedisBusOptions {
  /** Makes a link of its own; called twice, since a subscribed link can do nothing else. */
  readonly connect: () => Redis | Cluster;
  /** Boot id of this node: it hears its own messages back and ignores them. */
  readonly nodeId: string;
  readonly clock: Pick<Clock, "monotonic">;
}

/** Messages handed to ioredis and not yet answered. More means that the link hangs: then dropping is better than memory. */
const UNANSWERED_MAX = 10_000;
const PREFIX = "bus:";
type Told = BusMessage | Greeting;
/** Any would do: each node hears all. */
const GREETING_CHANNEL = 0;

/**
 * Redis publish/subscribe on a fixed set of channels. Redis forgets what it cannot deliver, so each node numbers what
 * it publishes on a channel, and a number that jumps, or a link that broke, is told as a hole.
 */
export class RedisBus implements Bus {
  private readonly nodeId: string;
  private readonly publisher: Redis | Cluster;
  private readonly subscriber: Redis | Cluster;
  private readonly numbering = new Numbering();
  private readonly audience: Audience;
  private listener: BusListener | null = null;
  private unanswered = 0;
  private closed = false;

  private constructor(options: RedisBusOptions) {
    this.nodeId = options.nodeId;
    this.publisher = options.connect();
    this.subscriber = options.connect();
    this.audience = new Audience(() => options.clock.monotonic());
    // Without a listener ioredis prints errors itself. The link repairs itself, and holes tell what was missed.
    this.publisher.on("error", ignore);
    this.subscriber.on("error", ignore);
  }

  /** Resolves when it hears all channels. */
  static async open(options: RedisBusOptions): Promise<RedisBus> {
    const bus = new RedisBus(options);
    bus.subscriber.on("messageBuffer", (channel: Buffer, payload: Buffer) => bus.hear(channel, payload));
    await bus.subscribe();
    // From here on "ready" means that the link was lost and is back. Should it break again, so does this.
    bus.subscriber.on("ready", () => void bus.subscribe().then(() => bus.listener?.hole(null), ignore));
    // Receivers are counted with this one.
    bus.subscriber.on("close", () => bus.audience.expect());
    return bus;
  }

  publish(message: BusMessage): void {
    const channel = channelOfMessage(message);
    const number = this.numbering.next(channel);
    // Like what is lost on the way out: the next number that arrives shows the hole to everybody.
    if (this.closed || this.unanswered >= UNANSWERED_MAX || this.audience.isNobody) return;
    this.send(channel, { nodeId: this.nodeId, number, message });
  }

  listen(listener: BusListener): void {
    this.listener = listener;
  }

  async answers(): Promise<boolean> {
    return this.subscriber.status === "ready" && (await this.publisher.ping()) === "PONG";
  }

  async close(): Promise<void> {
    this.closed = true;
    this.listener = null;
    this.subscriber.disconnect();
    this.publisher.disconnect();
  }

  /** From then on who was alone tells this node, too. */
  private async subscribe(): Promise<void> {
    await this.subscriber.subscribe(...Array.from({ length: BUS_CHANNELS }, (_, n) => PREFIX + n));
    this.audience.expect();
    if (!this.closed) this.send(GREETING_CHANNEL, { nodeId: this.nodeId, number: 0, message: { kind: "greeting" } });
  }

  private send(channel: number, envelope: Envelope<Told>): void {
    this.unanswered++;
    const toldAt = performance.now();
    const counted = this.audience.sending();
    this.publisher.publish(PREFIX + channel, sealEnvelope(envelope)).then(
      (receivers) => {
        this.unanswered--;
        metrics.busSeconds.add(toldAt, performance.now());
        // A node of a cluster counts its own clients alone.
        if (!(this.publisher instanceof Cluster)) counted(receivers);
      },
      () => {
        this.unanswered--;
      },
    );
  }

  private hear(name: Buffer, payload: Buffer): void {
    const channel = Number(name.toString("latin1").slice(PREFIX.length));
    const envelope = openEnvelope<Told>(payload, this.nodeId);
    if (envelope === "own") return;
    this.audience.expect();
    if (!this.listener) return;
    if (envelope === "invalid") {
      this.listener.hole(channel);
      return;
    }
    const { message } = envelope;
    if (message.kind === "greeting") return;
    if (this.numbering.skipped(channel, envelope)) this.listener.hole(channel);
    this.listener.message(message);
  }
}

function ignore(): void {}
