import { createHash } from "node:crypto";
import { limits as wireLimits } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { HEARTBEAT_SECONDS, IDLE_TIMEOUT_SECONDS, SUBPROTOCOL_SEALED, scramPassword } from "@parley/protocol/secure";
import { createHandlers, type Handlers } from "../../src/api/handlers.ts";
import { Buckets } from "../../src/buckets.ts";
import { TERM_MS } from "../../src/domain/deeds/leader.ts";
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
import type { Peer } from "../../src/live/caller.ts";
import { createLog } from "../../src/log.ts";
import { currentEpoch } from "../../src/store/epoch.ts";
import { leadKey } from "../../src/store/keys.ts";
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
import type { Fate } from "../_util/memory-link.ts";
import { objectsWhenUsed } from "../_util/objects.ts";
import { PASSWORD } from "../_util/person.ts";
import type { SimulatedProcess } from "../_util/virtual-time.ts";
import { type Bug, infect } from "./bugs.ts";
import type { SimulatedBus } from "./simulated-bus.ts";
import type { Accepted, Acceptor, SimulatedLink } from "./simulated-link.ts";
import { Watch } from "./watch.ts";
import { watchReads } from "./watch-reads.ts";
import { between, type SimulatedLife, type World } from "./world.ts";

/** Stands for argon2id, whose work takes real time. */
export async function quickHash(password: Uint8Array, salt: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(createHash("sha256").update(password).update(salt).digest());
}

/** So small that a client which does not read for a while falls behind. */
const LIMITS = { ...DEFAULT_LIMITS, unsentPushBytes: 8 * 1024, unsentResumeBytes: 2 * 1024 };

/** Longer than a term of the leader, so that another one leads meanwhile. */
const LEADER_PAUSE_MS = { least: TERM_MS, most: 2.5 * TERM_MS };

export interface NodeOptions {
  readonly name: string;
  readonly bus: SimulatedBus;
  /** Whether its store runs scripts. */
  readonly script: boolean;
  readonly bug: Bug | null;
  readonly onCrash: () => void;
}

/** A server process: the whole of meaning and the gateway's connections, without sockets and threads. */
export class SimulatedNode implements Acceptor {
  readonly life: SimulatedLife;
  readonly process: SimulatedProcess;
  readonly #parts: ConnectionParts;
  readonly #watch: Watch;
  readonly #links = new Set<SimulatedLink>();
  #nextId = 1;

  readonly #onCrash: () => void;

  private constructor(world: World, life: SimulatedLife, parts: ConnectionParts, onCrash: () => void) {
    this.life = life;
    this.process = life.process;
    this.#onCrash = onCrash;
    this.#parts = parts;
    this.#watch = new Watch(world, life);
  }

  /** Throws when the store does not let it start; a real node would be started again. */
  static async start(world: World, { name, bus, script, bug, onCrash }: NodeOptions): Promise<SimulatedNode> {
    const life = world.process(name);
    const { clock, random } = life;
    const log = createLog("silent");
    const epochs = new Epochs();
    let node: SimulatedNode | null = null;
    const linked = world.store.connect({
      clock,
      fate: (command, key) => fateOf(world, life, node, command, key),
      script,
      onConnect: async (kv) => epochs.set(await currentEpoch(kv, random)),
    });
    epochs.set(await currentEpoch(linked, random));
    let services: Services | null = null;
    const store = infect(linked, bug, { clock, random, announce: (message) => services?.hub.announce(message) });
    services = await createServices({
      store,
      workerStore: { location: "" },
      pages: new InlinePages(store),
      hashPassword: (password, salt) => quickHash(scramPassword(password), salt),
      bus: bus.connect(life),
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
    const parts: ConnectionParts = {
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
      dispatch: new Dispatch(watchReads(world, discreet(world, createHandlers(services))), log),
      services,
      admission: new Admission(LIMITS, clock, random),
      wheel,
      turn: new Turn(),
      connections: new Connections(),
      limits: LIMITS,
      users: new Buckets({ perSecond: 400, burst: 4_000, keys: 100 }, clock),
      log,
    };
    node = new SimulatedNode(world, life, parts, onCrash);
    return node;
  }

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
    const push = connection.push.bind(connection);
    const look = this.#watch.connection(() => (connection.ended ? null : connection.session));
    connection.push = (event) => {
      look(event);
      push(event);
    };
    connection.start();
    return connection;
  }

  get alive(): boolean {
    return !this.process.crashed;
  }

  /** Between two steps: what it had sent to the store may still be done, and nothing else. */
  crash(): void {
    if (this.process.crashed) return;
    this.process.crash();
    for (const link of this.#links) link.cut();
    this.#onCrash();
  }

  /** A machine that stands still is often one that cannot be reached, either. */
  pause(ms: number, cutsLinks: boolean): void {
    this.process.stall(ms);
    if (cutsLinks) for (const link of this.links) link.cut();
  }

  get links(): SimulatedLink[] {
    return [...this.#links].filter(({ open }) => open);
  }
}

/** Of a command of this node; the node itself may pause or die just when it has sent it. */
function fateOf(world: World, life: SimulatedLife, node: SimulatedNode | null, command: string, key: string): Fate {
  const { faults } = world;
  const { name, process } = life;
  if (process.crashed) return LOST;
  const claims = command === "hashSetNx" && CLAIMS.test(key);
  const paused = faults.strike(claims ? "node paused at a claim" : "node paused at a command", name);
  if (paused) {
    const [ms, cutsLinks] = [between(paused, 0, PAUSE_MAX_MS), paused.fraction() < 0.7];
    process.stall(ms);
    node?.pause(ms, cutsLinks);
  }
  if (node !== null && faults.strike("node dies at a command", name)) node.crash();
  if (command === "setNx" && LEADS.test(key)) {
    const late = faults.strike("leader paused", name);
    // After the lease, somewhere in its work.
    if (late) {
      const { least, most } = LEADER_PAUSE_MS;
      const ms = between(late, least, most);
      process.after(between(late, 0, 20), () => process.stall(ms));
    }
    if (faults.strike("two leaders", name)) process.after(10, () => world.store.remove(key));
  }
  return world.commandFate(name);
}

const LOST: Fate = { thereMs: Number.POSITIVE_INFINITY, backMs: 0 };
const CLAIMS = /^c:\{\w+\}:d:\d+$/;
/** Enough for another node to give up waiting for this one. */
const PAUSE_MAX_MS = 20_000;
const LEADS = new RegExp(`^${leadKey("", 0).replace(":0", "")}`);

/** Signing in never tells the password (S10); registering does, inside the channel. */
function discreet(world: World, handlers: Handlers): Handlers {
  const watched = (method: "auth.scramStart" | "auth.scramFinish") => async (peer: Peer, params: never) => {
    world.object(!JSON.stringify(params).includes(PASSWORD), () => `[S10] ${method} tells the password`);
    return handlers[method](peer, params);
  };
  return {
    ...handlers,
    "auth.scramStart": watched("auth.scramStart"),
    "auth.scramFinish": watched("auth.scramFinish"),
  } as Handlers;
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
