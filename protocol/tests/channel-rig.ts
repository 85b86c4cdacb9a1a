import { randomBytes, webcrypto } from "node:crypto";
import type { Clock, Random } from "../src/platform.ts";
import type { ClientChannelOptions } from "../src/secure/client-channel.ts";
import { ClientChannel } from "../src/secure/client-channel.ts";
import type { ClientChannelEvent } from "../src/secure/client-side.ts";
import type { EphemeralShare, ServerCrypto } from "../src/secure/crypto.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import { ServerChannel, type ServerChannelSettings } from "../src/secure/server-channel.ts";
import type { ServerChannelEvent } from "../src/secure/server-side.ts";
import type { TicketKey, TicketKeys } from "../src/secure/ticket.ts";

/** What the tests of the channel share: a pair of channels whose frames pass through the test's hands. */
export const random: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  fraction: () => (webcrypto.getRandomValues(new Uint32Array(1))[0] as number) / 2 ** 32,
};

/** Time that moves only when a test says so. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { readonly at: number; readonly job: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, job: () => void): () => void {
    const timer = { at: this.#now + delayMs, job };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { job } of due) job();
  }

  get pending(): number {
    return this.#timers.length;
  }
}

export function ticketKeys(): TicketKeys & { forget(): void } {
  let keys: readonly TicketKey[] = [true, false].map((pskOnly) => ({
    id: random.bytes(4),
    key: random.bytes(32),
    pskOnly,
  }));
  return {
    current: (pskOnly) => keys.find((key) => key.pskOnly === pskOnly) as TicketKey,
    find: (id) => keys.find((key) => Buffer.compare(key.id, id) === 0),
    forget() {
      keys = [];
    },
  };
}

export function serverSettings(overrides: Partial<ServerChannelSettings> = {}): ServerChannelSettings {
  const crypto: ServerCrypto = overrides.crypto ?? nodeCrypto;
  return {
    crypto,
    random,
    clock: new ManualClock(),
    identity: crypto.signingKey(random.bytes(32)),
    rotations: [],
    kems: ["rsa2048", "x25519", "rsa3072"],
    ticketKeys: ticketKeys(),
    maxMessage: 1024 * 1024,
    ready: {
      heartbeatSeconds: 30,
      idleTimeoutSeconds: 75,
      requireImsc: false,
      tlsAvailable: false,
      reconnectSpreadMs: 0,
    },
    ...overrides,
  };
}

export interface ServerRig {
  readonly channel: ServerChannel;
  readonly frames: Uint8Array[];
  readonly events: ServerChannelEvent[];
}

export function server(
  settings: ServerChannelSettings,
  hooks: { readonly checkTicket?: () => Promise<boolean>; readonly admitFull?: () => number } = {},
): ServerRig {
  const frames: Uint8Array[] = [];
  const events: ServerChannelEvent[] = [];
  const channel = new ServerChannel(settings, {
    send: (frame) => frames.push(frame),
    event: (event) => events.push(event),
    checkTicket: hooks.checkTicket ?? (async () => true),
    admitFull: hooks.admitFull ?? (() => 0),
  });
  channel.start();
  return { channel, frames, events };
}

export interface ClientRig {
  readonly channel: ClientChannel;
  readonly frames: Uint8Array[];
  readonly events: ClientChannelEvent[];
  /** Resolves at the next event of this type, or at once when it has come. */
  when<T extends ClientChannelEvent["type"]>(type: T): Promise<Extract<ClientChannelEvent, { type: T }>>;
}

export async function client(overrides: Partial<ClientChannelOptions> = {}): Promise<ClientRig> {
  const crypto = overrides.crypto ?? nodeCrypto;
  const frames: Uint8Array[] = [];
  const events: ClientChannelEvent[] = [];
  const waiting = new Map<string, (event: never) => void>();
  const share = overrides.share === undefined ? await crypto.generateShare("x25519") : overrides.share;
  const options: ClientChannelOptions = {
    crypto,
    random,
    clock: new ManualClock(),
    transport: "plain",
    pin: null,
    ticket: null,
    clientInfo: "test/1",
    maxMessage: 1024 * 1024,
    ...overrides,
    share,
  };
  const channel = new ClientChannel(options, {
    send: (frame) => frames.push(frame),
    event(event) {
      events.push(event);
      waiting.get(event.type)?.(event as never);
    },
  });
  return {
    channel,
    frames,
    events,
    when(type) {
      const seen = events.find((event) => event.type === type);
      if (seen) return Promise.resolve(seen as never);
      return new Promise((resolve) => waiting.set(type, resolve));
    },
  };
}

/** Carries every waiting frame across, both ways. */
export function carry(client: ClientRig, server: ServerRig): void {
  for (const frame of client.frames.splice(0)) server.channel.receive(frame);
  for (const frame of server.frames.splice(0)) client.channel.receive(frame);
}

/** A connected pair. */
export async function connect(client: ClientRig, server: ServerRig): Promise<void> {
  client.channel.start();
  carry(client, server);
  // A ticket is checked in the store: one turn of the event loop later the answer is there.
  await new Promise((resolve) => setImmediate(resolve));
  carry(client, server);
  await Promise.race([client.when("open"), client.when("failed")]);
  carry(client, server);
}

/** A connected pair over X25519, which is quick. */
export async function openPair(
  overrides: { readonly client?: Partial<ClientChannelOptions>; readonly server?: Partial<ServerChannelSettings> } = {},
): Promise<{ left: ClientRig; right: ServerRig; settings: ServerChannelSettings }> {
  const settings = serverSettings(overrides.server);
  const left = await client(overrides.client);
  const right = server(settings);
  await connect(left, right);
  await left.when("open");
  return { left, right, settings };
}

/** How a server ended, or undefined while it lives. */
export function failure(rig: ServerRig | ClientRig): string | undefined {
  for (const event of rig.events) if (event.type === "failed") return event.reason;
  return undefined;
}

export function isOpen(rig: ServerRig | ClientRig): boolean {
  return rig.events.some((event) => event.type === "open");
}

export function texts(rig: ServerRig | ClientRig): string[] {
  return rig.events.flatMap((event) => (event.type === "text" ? [event.text] : []));
}

/** A share that survives its handshake, so that a test can play one handshake a thousand times. */
export function immortal(share: EphemeralShare): EphemeralShare {
  return { ...share, erase() {} };
}

export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}
