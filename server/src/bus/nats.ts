import { readFile } from "node:fs/promises";
import { type ConnectionOptions, connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { metrics } from "../metrics.ts";
import { BUS_CHANNELS, type Bus, type BusListener, type BusMessage, channelOfMessage } from "./bus.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import type { NatsLocation } from "./nats-url.ts";
import { Numbering } from "./numbering.ts";

export interface NatsBusOptions {
  readonly location: NatsLocation;
  /** Boot id of this node. */
  readonly nodeId: string;
}

/** How long the first connection may take. */
const CONNECT_MS = 5_000;
/** A link over which two of these go unanswered is dead: found after at most three times as long. */
const PING_MS = 5_000;
const PINGS_UNANSWERED = 2;
/** Between two tries at one server; the jitter keeps nodes from coming back in step. */
const RETRY_MS = 250;
const RETRY_JITTER_MS = 500;
/** Bytes after which the server is asked whether it has all of them. */
const CONFIRM_BYTES = 256 * 1024;
/** Bytes that the server has not confirmed. More means that the link hangs: then dropping is better than memory. */
const UNCONFIRMED_MAX_BYTES = 16 * 1024 * 1024;
/** How long the goodbye of this node may take to leave. */
const FAREWELL_MS = 1_000;

/**
 * NATS on a fixed set of subjects. Like Redis it forgets what it cannot deliver, so each node numbers what it publishes,
 * and a number that jumps, or a link that broke, is told as a hole. While the link is cut nothing is kept for later.
 */
export class NatsBus implements Bus {
  readonly #nodeId: string;
  readonly #prefix: string;
  readonly #link: NatsConnection;
  readonly #numbering = new Numbering();
  #listener: BusListener | null = null;
  #linked = true;
  #closed = false;
  #unconfirmedBytes = 0;
  #confirming = false;
  /** What the server said no to since the last look. */
  #refusal: Error | null = null;

  private constructor(link: NatsConnection, { location, nodeId }: NatsBusOptions) {
    this.#link = link;
    this.#nodeId = nodeId;
    this.#prefix = `${location.prefix}.bus.`;
  }

  /** Resolves when it hears all channels and may speak on them; rejects in words for the operator. */
  static async open(options: NatsBusOptions): Promise<NatsBus> {
    const link = await connect(await optionsOf(options.location));
    const bus = new NatsBus(link, options);
    try {
      void bus.#watch();
      for (let channel = 0; channel < BUS_CHANNELS; channel += 1) {
        link.subscribe(bus.#prefix + channel, {
          callback: (error, message) => (error ? bus.#refused(error) : bus.#hear(channel, message.data)),
        });
      }
      // Nothing but a try whether this user may: whoever hears it ignores it.
      link.publish(`${bus.#prefix}0`);
      await link.flush();
      // What the server refused came before its answer; the link tells it in a turn of its own.
      await new Promise((resolve) => setImmediate(resolve));
      if (bus.#refusal !== null) throw bus.#refusal;
      return bus;
    } catch (error) {
      await bus.close();
      throw error;
    }
  }

  publish(message: BusMessage): void {
    const channel = channelOfMessage(message);
    const number = this.#numbering.next(channel);
    if (this.#closed || !this.#linked || this.#unconfirmedBytes >= UNCONFIRMED_MAX_BYTES) return;
    const payload = Buffer.from(sealEnvelope({ nodeId: this.#nodeId, number, message }));
    try {
      this.#link.publish(this.#prefix + channel, payload);
    } catch {
      // Longer than this server takes, or the link went this moment: the next number shows the hole to everybody.
      return;
    }
    this.#unconfirmedBytes += payload.length;
    if (this.#unconfirmedBytes >= CONFIRM_BYTES) void this.#confirm();
  }

  listen(listener: BusListener): void {
    this.#listener = listener;
  }

  async answers(): Promise<boolean> {
    if (this.#closed || !this.#linked) return false;
    await this.#flush();
    return true;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener = null;
    if (this.#linked) await inTime(this.#link.flush(), FAREWELL_MS);
    await this.#link.close();
  }

  /** One question at a time: the server answers when it has read whatever was sent before. */
  async #confirm(): Promise<void> {
    if (this.#confirming) return;
    this.#confirming = true;
    const asked = this.#unconfirmedBytes;
    try {
      await this.#flush();
      this.#unconfirmedBytes -= asked;
    } catch {
      // The link is lost, and with it what was under way.
      this.#unconfirmedBytes = 0;
    }
    this.#confirming = false;
  }

  /** Until the server has read what was sent before. */
  async #flush(): Promise<void> {
    const askedAt = performance.now();
    await this.#link.flush();
    metrics.busSeconds.add(askedAt, performance.now());
  }

  async #watch(): Promise<void> {
    for await (const status of this.#link.status()) {
      if (status.type === "disconnect") this.#linked = false;
      else if (status.type === "reconnect") void this.#relinked();
      else if (status.type === "error") this.#refused(status.error);
    }
  }

  /** The client has subscribed again by itself; once the server has read that, nothing more is missed. */
  async #relinked(): Promise<void> {
    try {
      await this.#link.flush();
    } catch {
      return;
    }
    this.#unconfirmedBytes = 0;
    this.#linked = true;
    this.#listener?.hole(null);
  }

  #refused(error: Error): void {
    this.#refusal ??= error;
  }

  #hear(channel: number, data: Uint8Array): void {
    const listener = this.#listener;
    if (listener === null || data.length === 0) return;
    const envelope = openEnvelope(Buffer.from(data.buffer, data.byteOffset, data.byteLength), this.#nodeId);
    if (envelope === "own") return;
    try {
      if (envelope === "invalid") return listener.hole(channel);
      if (this.#numbering.skipped(channel, envelope)) listener.hole(channel);
      listener.message(envelope.message);
    } catch (error) {
      // A bug of ours, which must not end the client's reading without anybody noticing.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

async function optionsOf({ servers, tls, access, files }: NatsLocation): Promise<ConnectionOptions> {
  const named = { ca: files.ca, cert: files.cert, key: files.key };
  const trust = Object.entries(named).flatMap(([name, path]) => (path === undefined ? [] : [[`${name}File`, path]]));
  const creds = files.creds === undefined ? null : await readFile(files.creds);
  return {
    servers: [...servers],
    name: "parley",
    noEcho: true,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: PINGS_UNANSWERED,
    // For ever, also when the server has just changed its mind about who may: nobody else would begin again.
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: RETRY_JITTER_MS,
    reconnectJitterTLS: RETRY_JITTER_MS,
    ...(tls ? { tls: Object.fromEntries(trust) } : {}),
    ...(access.kind === "password" ? { user: access.username, pass: access.password } : {}),
    ...(access.kind === "token" ? { token: access.token } : {}),
    ...(creds === null ? {} : { authenticator: credsAuthenticator(creds) }),
  };
}

async function inTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
