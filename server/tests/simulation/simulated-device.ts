import { generateKeyPairSync } from "node:crypto";
import type { CallId } from "@parley/protocol";
import { type ClientStorage, memoryStorage } from "@parley/protocol/client";
import { nodeCrypto, nodeShare } from "@parley/protocol/crypto-node";
import type { ClientCrypto } from "@parley/protocol/secure";
import { Witness } from "../_util/witness.ts";
import { SimulatedLink } from "./simulated-link.ts";
import { quickHash, type SimulatedNode } from "./simulated-node.ts";
import { simulatedPeers } from "./simulated-peer.ts";
import type { SimulatedLife, World } from "./world.ts";

/** Keys are made at once: what another thread makes would not wait for virtual time. */
const crypto: ClientCrypto = {
  ...nodeCrypto,
  generateShare: (kem) => nodeShare(kem, generateKeyPairSync("x25519").privateKey),
};

/** One device of a person over all its lives: what it keeps survives, what it had in memory does not. */
export class SimulatedDevice {
  readonly handle: string;
  readonly #world: World;
  readonly #storage = memoryStorage();
  readonly #nodes: () => readonly SimulatedNode[];
  #life: SimulatedLife;
  #links = new Set<SimulatedLink>();
  witness: Witness;
  /** clientId -> seq, over all lives. */
  readonly acknowledged = new Map<string, number>();
  /** Calls, over all lives. */
  readonly heardOf = new Set<CallId>();
  readonly #written: { readonly order: number; readonly chatId: string; readonly clientId: string }[] = [];
  #writes = 0;

  constructor(world: World, handle: string, nodes: () => readonly SimulatedNode[]) {
    this.#world = world;
    this.handle = handle;
    this.#nodes = nodes;
    this.#life = world.process();
    this.witness = this.#begin();
  }

  async write(chatId: string, text: string): Promise<void> {
    const { witness } = this;
    const order = this.#writes++;
    const { clientId } = await witness.client.send(chatId, { kind: "text", body: { text } });
    // A device that died meanwhile may or may not have kept it: only what was promised counts.
    if (witness === this.witness) this.#written.push({ order, chatId, clientId });
  }

  /** Ids of what the device kept for this chat, in the order in which it was written. */
  written(chatId: string): string[] {
    const ofChat = this.#written.filter((one) => one.chatId === chatId);
    return ofChat.sort((a, b) => a.order - b.order).map(({ clientId }) => clientId);
  }

  crash(): void {
    this.collect();
    this.#life.process.crash();
    for (const link of this.#links) link.cut();
    this.#links = new Set();
    this.#life = this.#world.process();
    this.witness = this.#begin();
  }

  /** What was acknowledged must never be acknowledged differently. */
  collect(): void {
    this.witness.assertContent();
    // What failed because of a fault is tried again; anything else would be a mistake of the library or the server.
    const strange = this.witness.warnings.filter((what) => !/OVERLOADED|INTERNAL|lost|timeout/.test(what));
    if (strange.length > 0) throw new Error(`${this.handle}: ${strange.join("; ")}`);
    for (const [clientId, seq] of this.witness.acknowledged) {
      const before = this.acknowledged.get(clientId);
      if (before !== undefined && before !== seq) throw new Error(`${clientId} is ${before} and ${seq}`);
      this.acknowledged.set(clientId, seq);
    }
  }

  #begin(): Witness {
    const life = this.#life;
    let dead = false;
    // The life that is replaced knows by this that it is over.
    const isAlive = () => !dead && this.#life === life;
    const witness = new Witness(
      "ws://simulation/ws",
      {
        crypto,
        clock: life.clock,
        random: life.random,
        channel: { kem: "x25519" },
        calls: { openPeer: async () => simulatedPeers(life.clock) },
        storage: mortal(this.#storage, isAlive, () => this.#world.delay(life.clock)),
        argon2id: ({ password, salt }) => quickHash(password, salt),
        openSocket: (_url, _protocols, events) => {
          const node = this.#nodes().length > 0 ? this.#world.pick(this.#nodes()) : null;
          const link = new SimulatedLink(this.#world, events, isAlive);
          this.#links.add(link);
          node?.hold(link);
          return link.dial(node, () => node?.isAlive() ?? false);
        },
      },
      this.handle,
    );
    witness.client.on("call", ({ call }) => this.heardOf.add(call.callId));
    witness.client.start().catch(() => {
      dead = true;
    });
    return witness;
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
