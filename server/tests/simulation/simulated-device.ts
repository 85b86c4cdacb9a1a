import type { CallId, ChatId, ClientId, Message } from "@parley/protocol";
import { type ClientStorage, memoryStorage } from "@parley/protocol/client";
import { nodeCrypto, nodeShare, x25519Pair } from "@parley/protocol/crypto-node";
import type { ClientCrypto } from "@parley/protocol/secure";
import { chatLog } from "../../src/store/keys.ts";
import { Witness } from "../_util/witness.ts";
import { SimulatedLink } from "./simulated-link.ts";
import { quickHash, type SimulatedNode } from "./simulated-node.ts";
import { simulatedPeers } from "./simulated-peer.ts";
import { between, pick, type SimulatedLife, type World } from "./world.ts";

/** Keys are made at once: what another thread makes would not wait for virtual time. */
const crypto: ClientCrypto = {
  ...nodeCrypto,
  generateShare: (kem) => nodeShare(kem, x25519Pair()),
};

/** The library loads this for its first call, which would not wait for virtual time either. */
await import(new URL("./calls/joined-call.js", import.meta.resolve("@parley/protocol/client")).href);

export interface Written {
  readonly order: number;
  readonly chatId: ChatId;
  readonly clientId: ClientId;
  readonly text: string;
}

/** One device of a person over all its lives: what it keeps survives, what it had in memory does not. */
export class SimulatedDevice {
  readonly name: string;
  readonly handle: string;
  readonly #world: World;
  readonly #storage = memoryStorage();
  readonly #nodes: () => readonly SimulatedNode[];
  #lives = 0;
  #dials = 0;
  #life: SimulatedLife;
  #links = new Set<SimulatedLink>();
  witness: Witness;
  /** clientId -> its place, over all lives: where it was acknowledged last, and how often that changed. */
  readonly acknowledged = new Map<
    ClientId,
    { readonly seq: number; readonly sentAt: number; readonly moved: number }
  >();
  /** Refused for good: its person knows. */
  readonly refused = new Set<ClientId>();
  /** Calls, over all lives. */
  readonly heardOf = new Set<CallId>();
  readonly #written: Written[] = [];
  #writes = 0;

  constructor(world: World, name: string, handle: string, nodes: () => readonly SimulatedNode[]) {
    this.#world = world;
    this.name = name;
    this.handle = handle;
    this.#nodes = nodes;
    this.#life = this.#nextLife();
    this.witness = this.#begin();
  }

  async write(chatId: ChatId, text: string): Promise<void> {
    const { witness } = this;
    const order = this.#writes++;
    const { clientId } = await witness.client.send(chatId, { kind: "text", body: { text } });
    // A device that died meanwhile may or may not have kept it: only what was promised counts.
    if (witness === this.witness) this.#written.push({ order, chatId, clientId, text });
  }

  /** Where it has written down that its message is. */
  async keptPlace(clientId: ClientId): Promise<{ readonly seq: number; readonly sentAt: number } | undefined> {
    return (await this.#storage.get("sent", clientId)) as { seq: number; sentAt: number } | undefined;
  }

  /** What the device kept for this chat, in the order in which it was written. */
  written(chatId: ChatId): Written[] {
    const ofChat = this.#written.filter((one) => one.chatId === chatId && !this.refused.has(one.clientId));
    return ofChat.sort((a, b) => a.order - b.order);
  }

  crash(): void {
    this.collect();
    this.#life.process.crash();
    for (const link of this.#links) link.cut();
    this.#links = new Set();
    this.#life = this.#nextLife();
    this.witness = this.#begin();
  }

  pause(ms: number): void {
    this.#life.process.stall(ms);
  }

  get links(): SimulatedLink[] {
    return [...this.#links].filter(({ open }) => open);
  }

  /** Objects to what this life was told. */
  collect(): void {
    const world = this.#world;
    const { objections, warnings } = this.witness;
    // A lost tail moves messages, and makes clients ask for what is no more.
    const lostTail = world.failovers > 0;
    const broken = lostTail ? objections.filter((what) => !what.includes("acknowledged as")) : objections;
    world.object(broken.length === 0, () => `[S3] ${this.name}: ${broken.join("; ")}`);
    // What failed because of a fault is tried again; anything else would be a mistake of the library or the server.
    // A gap stays for a moment where a chat was left and joined again, and where a tail was lost.
    const strange = warnings.filter((what) => !/OVERLOADED|INTERNAL|lost|timeout|a gap stays/.test(what));
    world.object(strange.length === 0, () => `${this.name}: ${strange.join("; ")}`);
  }

  #nextLife(): SimulatedLife {
    this.#lives += 1;
    return this.#world.process(`${this.name}, life ${this.#lives}`);
  }

  #begin(): Witness {
    const world = this.#world;
    const life = this.#life;
    let dead = false;
    // The life that is replaced knows by this that it is over.
    const isAlive = () => !dead && this.#life === life;
    const storage = mortal(this.#storage, isAlive, async () => {
      if (!world.faults.raging) return;
      if (world.faults.strike("device dies at a write", this.name)) this.crash();
      await new Promise<void>((resolve) => life.clock.after(between(world.chance.of(life.name), 0, 2), resolve));
    });
    const witness = new Witness(
      "ws://simulation/ws",
      {
        crypto,
        clock: life.clock,
        random: life.random,
        channel: { kem: "x25519" },
        calls: { openPeer: async () => simulatedPeers(life.clock) },
        storage,
        argon2id: ({ password, salt }) => quickHash(password, salt),
        openSocket: (_url, _protocols, events) => {
          const nodes = this.#nodes();
          const node = nodes.length > 0 ? pick(world.chance.of(`dials of ${this.name}`), nodes) : null;
          this.#dials += 1;
          const where = `${this.name}, line ${this.#dials}`;
          const link = new SimulatedLink(world, where, events, life.process);
          this.#links.add(link);
          node?.hold(link);
          return link.dial(node);
        },
      },
      this.handle,
    );
    this.#listen(witness);
    witness.client.start().catch(() => {
      dead = true;
    });
    return witness;
  }

  #listen({ client }: Witness): void {
    const world = this.#world;
    const readSeqs = new Map<ChatId, number>();
    let failovers = world.failovers;
    client.on("call", ({ call }) => this.heardOf.add(call.callId));
    client.on("outbox", (change) => {
      if (change.state === "sent") this.#hearSent(change);
      if (change.state === "failed") this.refused.add(change.entry.clientId);
    });
    client.on("chat", ({ chat: { chatId }, readSeq }) => {
      // What a lost tail held of it may have to be read once more.
      if (failovers !== world.failovers) readSeqs.clear();
      failovers = world.failovers;
      const before = readSeqs.get(chatId) ?? 0;
      world.object(
        readSeq >= before || failovers > 0,
        () => `[S6] ${this.name} has read to ${readSeq} after ${before}`,
      );
      readSeqs.set(chatId, readSeq);
    });
    client.on("chatRemoved", ({ chatId }) => readSeqs.delete(chatId));
    const shown = new Map<string, Message>();
    const show = (chatId: ChatId, messages: readonly Message[]) => {
      for (const message of messages) {
        const key = `${chatId} ${message.seq}`;
        const before = shown.get(key) ?? message;
        const kept = goesOn(before, message) || world.failovers > 0;
        world.object(kept, () => `[S6] ${this.name}: ${JSON.stringify(before)} became ${JSON.stringify(message)}`);
        shown.set(key, message);
      }
    };
    client.on("messages", ({ chatId, messages }) => show(chatId, messages));
    client.on("messagesChanged", ({ chatId, messages }) => show(chatId, messages));
  }

  /** What is acknowledged is stored by then, at that place, and never anywhere else while the store keeps its tail. */
  #hearSent({
    clientId,
    chatId,
    seq,
    sentAt,
  }: {
    clientId: ClientId;
    chatId: ChatId;
    seq: number;
    sentAt: number;
  }): void {
    const world = this.#world;
    world.object(
      world.store.everHeld(chatLog(chatId), seq - 1, (text) => text.includes(clientId)),
      () => `[S1] ${this.name} was told that ${clientId} is at ${seq}, where it is not`,
    );
    const before = this.acknowledged.get(clientId);
    const moves = before !== undefined && (before.seq !== seq || before.sentAt !== sentAt);
    const moved = (before?.moved ?? 0) + (moves ? 1 : 0);
    world.object(moved <= world.failovers, () => `[S2] ${clientId} is at ${before?.seq} and at ${seq}`);
    this.acknowledged.set(clientId, { seq, sentAt, moved });
  }
}

/** A process that is over writes no more, and hears no answer. It may end between any two changes of a write. */
function mortal(storage: ClientStorage, isAlive: () => boolean, pause: () => Promise<void>): ClientStorage {
  const whileAlive = <T>(deed: () => Promise<T>): Promise<T> => (isAlive() ? deed() : new Promise(() => {}));
  return {
    get: (table, key) => whileAlive(() => storage.get(table, key)),
    all: (table) => whileAlive(() => storage.all(table)),
    async write(changes) {
      for (const change of changes) {
        await whileAlive(() => storage.write([change]));
        await whileAlive(pause);
      }
    },
    clearTable: (table) => whileAlive(() => storage.clearTable(table)),
  };
}

/** What became of an entry only goes on: it is edited more often, or gone for good (S6). */
function goesOn(before: Message, after: Message): boolean {
  if (before.kind === "void" || after.kind === "void") return true;
  if (before.kind === "retracted") return after.kind === "retracted";
  return after.kind === "retracted" || (after.edited ?? 0) >= (before.edited ?? 0);
}
