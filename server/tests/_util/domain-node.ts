import type { Clock } from "@parley/protocol";
import { createHandlers, type Handlers } from "../../src/api/handlers.ts";
import type { AccountRules } from "../../src/domain/accounts/rules.ts";
import type { Relays } from "../../src/domain/calls/ice.ts";
import { createServices, type Services } from "../../src/domain/services.ts";
import { Epochs } from "../../src/epochs.ts";
import { createLog } from "../../src/log.ts";
import type { MailQueue } from "../../src/mail/mail-queue.ts";
import type { Objects } from "../../src/objects/objects.ts";
import { openBus } from "../../src/open-bus.ts";
import { systemClock, systemRandom } from "../../src/platform.ts";
import type { Kv } from "../../src/store/kv.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import type { Pages } from "../../src/timelines/jobs.ts";
import { DomainPeer } from "./domain-peer.ts";
import { objectsWhenUsed } from "./objects.ts";
import { RevocationReads } from "./revocation-reads.ts";

export interface DomainNode {
  readonly services: Services;
  readonly handlers: Handlers;
  readonly store: Kv;
  readonly opened: OpenStore;
  readonly nodeId: string;
  readonly revocationReads: RevocationReads;
  /** A connection that nobody has signed in on. */
  connect(address?: string): DomainPeer;
  /** Somebody comes in place of this one. */
  bequeath(heir: DomainNode): void;
  /** Ends those that came in place of this one, and goes on itself: a test that failed did not come to end them. */
  endHeirs(): Promise<void>;
  stop(): Promise<void>;
}

export interface DomainNodeOptions {
  /** As in the options of the store. */
  readonly location: string;
  readonly replica?: string;
  readonly clock?: Clock;
  readonly rules?: Partial<AccountRules>;
  readonly mail?: MailQueue;
  readonly newest?: number;
  /** Seconds. */
  readonly retractWindow?: number;
  readonly lobby?: "off" | "on";
  /** Bytes. */
  readonly fileMax?: number;
  readonly fileQuota?: number;
  /** Days. */
  readonly fileRetention?: number;
  readonly relays?: Relays;
  /** Absent: a folder of its own. */
  readonly objects?: Objects;
  /** Sees the store before the services do: a test makes it fail. */
  readonly wrapStore?: (store: Kv) => Kv;
  /** The open store of another node on an embedded store, which goes on after it; that node stays open until the end. */
  readonly inPlaceOf?: DomainNode;
}

/** As the defaults, but all peers of a test come from one address and many of them register. */
export const TEST_RULES: AccountRules = {
  registration: "open",
  email: "optional",
  invites: "owner",
  sessions: "multi",
  registrationBurst: 100_000,
  registrationSeconds: 1,
};

const SECRET = new Uint8Array(32).fill(7);

/** Threads take a while to start; who comes in place of another uses theirs. */
function lent(pages: Pages): Pages {
  return { run: (name, job) => pages.run(name, job), dispose: async () => {} };
}

/** All of meaning on a real store and a real bus, without sockets in front. */
export async function startDomain(options: DomainNodeOptions): Promise<DomainNode> {
  const { location, clock = systemClock, rules = {}, newest = 20, retractWindow = 48 * 3600, lobby = "off" } = options;
  const nodeId = Buffer.from(systemRandom.bytes(10)).toString("hex");
  const epochs = new Epochs();
  const opened =
    options.inPlaceOf?.opened ??
    (await openStore({ location, clock, random: systemRandom, onEpoch: (epoch) => epochs.set(epoch) }));
  epochs.set(opened.epoch());
  const bus = await openBus(location, nodeId);
  const objects = options.objects ?? objectsWhenUsed();
  const revocationReads = new RevocationReads();
  const services = await createServices({
    store: revocationReads.watch(options.wrapStore?.(opened.kv) ?? opened.kv),
    workerStore: { location, replica: options.replica },
    bus,
    clock,
    random: systemRandom,
    log: createLog("silent"),
    config: {
      name: "Test",
      version: "0",
      ...TEST_RULES,
      ...rules,
      workersPool: 1,
      newest,
      retractWindow,
      lobby,
      lobbyName: "Lobby",
      fileMax: options.fileMax ?? 5 * 1024 ** 3,
      fileRetention: options.fileRetention ?? 0,
      fileQuota: options.fileQuota ?? 20 * 1024 ** 3,
    },
    mail: options.mail ?? null,
    relays: options.relays ?? null,
    objects,
    ...(options.inPlaceOf === undefined ? {} : { pages: lent(options.inPlaceOf.services.timelines) }),
    deploymentSecret: SECRET,
    nodeId,
    epoch: epochs,
  });
  const handlers = createHandlers(services);
  const heirs = new Set<DomainNode>();
  const endHeirs = async () => {
    // A node that has died already may object.
    await Promise.allSettled([...heirs].map((heir) => heir.services.dispose()));
    heirs.clear();
  };
  const node: DomainNode = {
    services,
    handlers,
    store: opened.kv,
    opened,
    nodeId,
    revocationReads,
    connect: (address = "192.0.2.1") => new DomainPeer(handlers, services.hub, address),
    bequeath: (heir) => void heirs.add(heir),
    endHeirs,
    async stop() {
      await endHeirs();
      await services.dispose();
      await bus.close();
      if (options.objects === undefined) await objects.close();
      if (options.inPlaceOf === undefined) await opened.kv.close();
    },
  };
  options.inPlaceOf?.bequeath(node);
  return node;
}
