import { createHash } from "node:crypto";
import { limits as wireLimits } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { HEARTBEAT_SECONDS, IDLE_TIMEOUT_SECONDS, SUBPROTOCOL_SEALED, scramPassword } from "@parley/protocol/secure";
import { createHandlers } from "../../src/api/handlers.ts";
import { Buckets } from "../../src/buckets.ts";
import { createServices, type Services } from "../../src/domain/services.ts";
import { Epochs } from "../../src/epochs.ts";
import { Admission } from "../../src/gateway/admission.ts";
import { type Caller, Connection, type ConnectionParts } from "../../src/gateway/connection.ts";
import { Connections } from "../../src/gateway/connections.ts";
import { Dispatch } from "../../src/gateway/dispatch.ts";
import { DEFAULT_LIMITS } from "../../src/gateway/limits.ts";
import { TimerWheel } from "../../src/gateway/timer-wheel.ts";
import { Turn } from "../../src/gateway/turn.ts";
import type { Wire } from "../../src/gateway/wire.ts";
import { StoredTicketKeys } from "../../src/identity/ticket-keys.ts";
import { createLog } from "../../src/log.ts";
import type { Kv } from "../../src/store/kv.ts";
import { directoryPage } from "../../src/timelines/directory-page.ts";
import { historyPage } from "../../src/timelines/history-page.ts";
import type { JobName, Jobs, Pages } from "../../src/timelines/jobs.ts";
import { membersPage, receiptsPage } from "../../src/timelines/member-pages.ts";
import { editsPage, messagesPage } from "../../src/timelines/message-pages.ts";
import { notifyMembers } from "../../src/timelines/notify.ts";
import { pollPage } from "../../src/timelines/poll-page.ts";
import { reactionsPage } from "../../src/timelines/reactions-page.ts";
import { readersPage } from "../../src/timelines/readers-page.ts";
import { syncPage } from "../../src/timelines/sync-page.ts";
import { TEST_RULES } from "../_util/domain-node.ts";
import { objectsWhenUsed } from "../_util/objects.ts";
import type { SimulatedBus } from "./simulated-bus.ts";
import type { Accepted, Acceptor, SimulatedLink } from "./simulated-link.ts";
import type { SimulatedLife, World } from "./world.ts";

/** Stands for argon2id, whose work takes real time. */
export async function quickHash(password: Uint8Array, salt: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(createHash("sha256").update(password).update(salt).digest());
}

const EPOCH = "1-memory";

/** A server process: the whole of meaning and the gateway's connections, without sockets and threads. */
export class SimulatedNode implements Acceptor {
  readonly #parts: ConnectionParts;
  readonly #life: SimulatedLife;
  readonly #links = new Set<SimulatedLink>();
  #nextId = 1;
  #alive = true;

  private constructor(life: SimulatedLife, parts: ConnectionParts) {
    this.#life = life;
    this.#parts = parts;
  }

  /** Throws when the store does not let it start; a real node would be started again. */
  static async start(
    world: World,
    options: { readonly bus: SimulatedBus; readonly script: boolean },
  ): Promise<SimulatedNode> {
    const life = world.process();
    const { clock, random, process } = life;
    const log = createLog("silent");
    const store = world.store.connect({ clock: process, fate: world.commandFate, script: options.script });
    const epochs = new Epochs();
    epochs.set(EPOCH);
    let node: SimulatedNode | null = null;
    const services: Services = await createServices({
      store,
      workerStore: { location: "" },
      pages: new InlinePages(store),
      hashPassword: (password, salt) => quickHash(scramPassword(password), salt),
      bus: options.bus.connect(() => node?.isAlive() ?? true),
      clock,
      random,
      log,
      config: {
        name: "Simulation",
        version: "0",
        ...TEST_RULES,
        workersPool: 1,
        newest: 20,
        retractWindow: 3600,
        fileRetention: 0,
        lobby: "off",
        lobbyName: "Lobby",
        fileMax: 0,
        fileQuota: 0,
      },
      objects: objectsWhenUsed(),
      deploymentSecret: world.secret,
      nodeId: Buffer.from(random.bytes(10)).toString("hex"),
      epoch: epochs,
    });
    const ticketKeys = await StoredTicketKeys.open({ store, secret: world.secret, clock, random, log });
    const wheel = new TimerWheel(clock);
    node = new SimulatedNode(life, {
      channel: {
        crypto: nodeCrypto,
        random,
        clock,
        identity: nodeCrypto.signingKey(world.secret),
        rotations: [],
        kems: ["x25519"],
        ticketKeys,
        maxMessage: wireLimits.MAX_MESSAGE_BYTES,
        ready: {
          heartbeatSeconds: HEARTBEAT_SECONDS,
          idleTimeoutSeconds: IDLE_TIMEOUT_SECONDS,
          requireImsc: false,
          tlsAvailable: false,
          reconnectSpreadMs: 0,
        },
      },
      dispatch: new Dispatch(createHandlers(services), log),
      services,
      admission: new Admission(DEFAULT_LIMITS, clock, random),
      wheel,
      turn: new Turn(),
      connections: new Connections(),
      limits: DEFAULT_LIMITS,
      users: new Buckets({ perSecond: 400, burst: 4_000, keys: 100 }, clock),
      log,
    });
    return node;
  }

  isAlive = (): boolean => this.#alive;

  hold(link: SimulatedLink): void {
    this.#links.add(link);
  }

  accept(wire: Wire): Accepted {
    const caller: Caller = {
      id: this.#nextId++,
      address: "192.0.2.1",
      host: "parley.test",
      secure: false,
      subprotocol: SUBPROTOCOL_SEALED,
    };
    const connection = new Connection(this.#parts, wire, caller);
    connection.start();
    return connection;
  }

  /** Between two steps: what it had sent to the store may still be done, and nothing else. */
  crash(): void {
    this.#alive = false;
    this.#life.process.crash();
    for (const link of this.#links) link.cut();
  }

  stall(ms: number): void {
    this.#life.process.stall(ms);
  }

  cutOneLink(world: World): void {
    if (this.#links.size > 0) world.pick([...this.#links]).cut();
  }
}

/** The worker pool's jobs on the one thread that there is. */
class InlinePages implements Pages {
  readonly #store: Kv;

  constructor(store: Kv) {
    this.#store = store;
  }

  run<N extends JobName>(name: N, job: Jobs[N]): Promise<Uint8Array> {
    const jobs: { [K in JobName]: (store: Kv, job: Jobs[K]) => Promise<Uint8Array> } = {
      directory: directoryPage,
      history: historyPage,
      get: messagesPage,
      edits: editsPage,
      sync: syncPage,
      members: membersPage,
      receipts: receiptsPage,
      reactions: reactionsPage,
      poll: pollPage,
      readers: readersPage,
      notify: notifyMembers,
    };
    return jobs[name](this.#store, job);
  }

  async dispose(): Promise<void> {}
}
