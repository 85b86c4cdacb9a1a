import type { Clock } from "@parley/protocol";
import { Cluster, type Redis } from "ioredis";
import { metrics } from "../metrics.ts";
import { Audience } from "./audience.ts";
import { OutgoingBundle, openBundle } from "./bundle.ts";
import { type Bus, type BusListener, type BusMessage, channelOfMessage } from "./bus.ts";
import { Numbering } from "./numbering.ts";

export interface RedisBusOptions {
  /** Makes a link of its own; called twice, since a subscribed link can do nothing else. */
  readonly connect: () => Redis | Cluster;
  /** Boot id of this node: it hears its own messages back and ignores them. */
  readonly nodeId: string;
  readonly clock: Pick<Clock, "monotonic">;
}

/** Messages said and not yet answered by Redis. More means that the link hangs: then dropping is better than memory. */
export const UNANSWERED_MAX = 10_000;
/** Characters after which a bundle does not wait for the end of the turn: whoever hears it opens it at once. */
const BUNDLE_MAX = 64 * 1024;
/** One for all, since each node hears all: Redis works for every message of its own much longer than for what is in it. */
const NAME = "bus";

/**
 * Redis publish/subscribe. What a node says in one turn of the event loop goes as one bundle. Redis forgets what it cannot
 * deliver, so each node numbers what it publishes on a channel, and a number that jumps, or a link that broke, is told
 * as a hole.
 */
export class RedisBus implements Bus {
  private readonly nodeId: string;
  private readonly publisher: Redis | Cluster;
  private readonly subscriber: Redis | Cluster;
  private readonly numbering = new Numbering();
  private readonly audience: Audience;
  private listener: BusListener | null = null;
  private bundle = new OutgoingBundle();
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

  /** Resolves when it hears the others. */
  static async open(options: RedisBusOptions): Promise<RedisBus> {
    const bus = new RedisBus(options);
    bus.subscriber.on("messageBuffer", (_: Buffer, payload: Buffer) => bus.hear(payload));
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
    if (this.closed || this.unanswered >= UNANSWERED_MAX) return;
    if (this.audience.isNobody) {
      if (this.audience.isToBeAsked) this.send(new OutgoingBundle());
      return;
    }
    this.unanswered += 1;
    this.bundle.add(channel, number, message);
    if (this.bundle.length >= BUNDLE_MAX) this.flush();
    else if (this.bundle.count === 1) setImmediate(() => this.flush());
  }

  listen(listener: BusListener): void {
    this.listener = listener;
  }

  async answers(): Promise<boolean> {
    return this.subscriber.status === "ready" && (await this.publisher.ping()) === "PONG";
  }

  async close(): Promise<void> {
    this.flush();
    this.closed = true;
    this.listener = null;
    this.subscriber.disconnect();
    this.publisher.disconnect();
  }

  /** From then on who was alone tells this node, too. */
  private async subscribe(): Promise<void> {
    await this.subscriber.subscribe(NAME);
    this.audience.expect();
    if (!this.closed) this.send(new OutgoingBundle());
  }

  private flush(): void {
    const { bundle } = this;
    if (bundle.count === 0) return;
    this.bundle = new OutgoingBundle();
    this.send(bundle);
  }

  private send(bundle: OutgoingBundle): void {
    const toldAt = performance.now();
    const counted = this.audience.sending();
    this.publisher.publish(NAME, bundle.seal(this.nodeId)).then(
      (receivers) => {
        this.unanswered -= bundle.count;
        metrics.busSeconds.add(toldAt, performance.now());
        // A node of a cluster counts its own clients alone.
        if (!(this.publisher instanceof Cluster)) counted(receivers);
      },
      () => {
        this.unanswered -= bundle.count;
      },
    );
  }

  private hear(payload: Buffer): void {
    const bundle = openBundle(payload, this.nodeId);
    if (bundle === "own") return;
    this.audience.expect();
    if (bundle === "invalid") return this.listener?.hole(null);
    const { nodeId, hints } = bundle;
    for (const [channel, number, message] of hints) {
      if (this.listener === null) return;
      if (this.numbering.skipped(channel, { nodeId, number })) this.listener.hole(channel);
      this.listener.message(message);
    }
  }
}

function ignore(): void {}
