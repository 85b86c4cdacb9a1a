import type { Clock, Random } from "@parley/protocol";
import { openAdminDoor } from "./admin/admin-door.ts";
import { createHandlers, type Handlers } from "./api/handlers.ts";
import type { Bus } from "./bus/bus.ts";
import { type Config, ConfigError } from "./config.ts";
import { Disposal } from "./disposal.ts";
import { createServices, type Services } from "./domain/services.ts";
import { drain } from "./drain.ts";
import { Epochs } from "./epochs.ts";
import type { Connections } from "./gateway/connections.ts";
import { type Gateway, openGateway } from "./gateway/gateway.ts";
import type { GatewayLimits } from "./gateway/limits.ts";
import { deploymentSecret } from "./identity/deployment-secret.ts";
import { openIdentity, type ServerIdentity } from "./identity/server-identity.ts";
import { StoredTicketKeys } from "./identity/ticket-keys.ts";
import { inTime } from "./in-time.ts";
import { createLog, type Log } from "./log.ts";
import { LoopLag } from "./loop-lag.ts";
import { openMail } from "./mail/open-mail.ts";
import { metricsText } from "./metrics.ts";
import { openObjects } from "./objects/open-objects.ts";
import { openBus } from "./open-bus.ts";
import { openRelays } from "./open-relays.ts";
import { systemClock, systemRandom } from "./platform.ts";
import { IDENTITY } from "./store/keys.ts";
import { type Kv, StoreUnavailable } from "./store/kv.ts";
import { storeLocation } from "./store/location.ts";
import { openStore } from "./store/open-store.ts";
import { settleSchema } from "./store/schema.ts";
import { VERSION } from "./version.ts";
import type { WorkerPlace } from "./workers/place.ts";

/** What a test or a benchmark may put in place of the real thing. */
export interface NodeParts {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  readonly limits?: Partial<GatewayLimits>;
  /** The deployment's secret, when no file holds it. */
  readonly secret?: string | undefined;
  /** Other nodes on this machine share the port, the data folder and, if it is embedded, the store. */
  readonly worker?: WorkerPlace;
  /** Sees the handlers before they are used: a test makes one throw. */
  readonly wrapHandlers?: (handlers: Handlers) => Handlers;
}

/** One running server. */
export interface ParleyNode extends Pick<Gateway, "port" | "url" | "connections"> {
  readonly identity: ServerIdentity;
  /** Where the data is, without credentials. */
  readonly store: string;
  /** One line each, for the operator. */
  readonly warnings: readonly string[];
  /** Makes the account that is registered with it the owner; null when there is one. */
  readonly ownerCode: string | null;
  readonly services: Services;
  /**
   * Where other nodes serve: has everybody go to them, over the time that the configuration says. `hurry` ends that early.
   * Follows `stop`.
   */
  drain(hurry: AbortSignal): Promise<void>;
  /** Answers what is in flight and disposes. Idempotent. */
  stop(): Promise<void>;
}

/** Enough that no two lives of any process share one. */
const NODE_ID_BYTES = 10;
/** How long store and bus may take to answer before the node counts as not ready. */
const READY_MS = 2_000;

/** The one place that composes. When it throws, what was begun is undone. */
export async function createNode(config: Config, parts: NodeParts = {}): Promise<ParleyNode> {
  const disposal = new Disposal();
  try {
    return await compose(config, parts, disposal);
  } catch (error) {
    // The reason is what failed first, not what failed because of it.
    await disposal.run().catch(() => {});
    throw error;
  }
}

async function compose(config: Config, parts: NodeParts, disposal: Disposal): Promise<ParleyNode> {
  const clock = parts.clock ?? systemClock;
  const random = parts.random ?? systemRandom;
  const log = parts.log ?? createLog(config.logLevel);
  const nodeId = Buffer.from(random.bytes(NODE_ID_BYTES)).toString("hex");
  const location = storeLocation(config);
  const replica = config.storeReplica === "" ? undefined : config.storeReplica;

  const secret = await deploymentSecret({ ...config, fromEnvironment: parts.secret });
  const epochs = new Epochs();
  const store = await openStore({
    location,
    replica,
    clock,
    random,
    allowVolatile: config.allowVolatile,
    owner: parts.worker?.pipe,
    onEpoch: (epoch) => epochs.set(epoch),
  }).catch((error: Error) => {
    // Its words are meant for the operator.
    throw new ConfigError(error.message, { cause: error });
  });
  disposal.defer(() => store.kv.close());
  await settleSchema(store.kv, clock.now()).catch((error: Error) => {
    if (error instanceof StoreUnavailable) throw error;
    throw new ConfigError(error.message, { cause: error });
  });
  epochs.set(store.epoch());
  const identity = await openIdentity({ store: store.kv, data: config.data, secret, random });
  const ticketKeys = await StoredTicketKeys.open({
    store: store.kv,
    secret,
    clock,
    random,
    log: log.of("identity"),
  });
  disposal.defer(() => ticketKeys.close());

  const bus = await openBus(config.bus === "" ? location : config.bus, nodeId, parts.worker?.pipe).catch(
    (error: Error) => {
      throw new ConfigError(`The bus cannot be reached: ${error.message}`, { cause: error });
    },
  );
  disposal.defer(() => bus.close());
  const mail = await openMail(config.mail, { clock, log: log.of("mail"), logLevel: config.logLevel });
  disposal.defer(() => mail?.close());
  const files = await openObjects({
    settings: config,
    data: config.data,
    share: parts.worker ?? null,
    deploymentSecret: secret,
    clock,
    random,
    log: log.of("objects"),
  });
  disposal.defer(() => files.close());
  // Who is sent nobody need not know how busy it is.
  const lag = config.publicUrl === "" ? null : new LoopLag();
  disposal.defer(() => lag?.stop());
  let connections: Connections | null = null;
  const services = await createServices({
    store: store.kv,
    workerStore: { location, replica },
    bus,
    clock,
    random,
    log: log.of("domain"),
    mail,
    objects: files.objects,
    digests: files.digests,
    config: { ...config, version: VERSION },
    relays: await openRelays(config),
    deploymentSecret: secret,
    nodeId,
    standing: () => ({
      url: config.publicUrl === "" ? null : config.publicUrl.replace(/\/$/, ""),
      connections: connections?.size ?? 0,
      lagMs: lag?.ms ?? 0,
    }),
    epoch: epochs,
  });
  disposal.defer(() => services.dispose().catch((error: unknown) => forgiveLostStore(log, error)));

  const ownerCode = await services.ownership.code();
  const door = await openAdminDoor(config.data, services, log.of("admin"));
  disposal.defer(() => door?.close());

  const handlers = createHandlers(services);
  const gateway = await openGateway({
    config,
    identity,
    ticketKeys,
    handlers: parts.wrapHandlers?.(handlers) ?? handlers,
    services,
    objects: files,
    clock,
    random,
    log: log.of("gateway"),
    limits: parts.limits ?? {},
    listen: parts.worker?.listen,
    metricsText: parts.worker?.metricsText ?? metricsText,
    ready: () => ready(store.kv, bus, clock),
    locate: () => services.hub.nodes.locate(),
  });
  connections = gateway.connections;
  disposal.defer(() => gateway.close());

  return {
    port: gateway.port,
    url: gateway.url,
    connections: gateway.connections,
    identity,
    store: store.description,
    warnings: [...store.warnings, ...files.warnings],
    ownerCode,
    services,
    drain: (hurry) => drain({ gateway, nodes: services.hub.nodes, overMs: config.drain * 1_000, hurry, clock, log }),
    stop: () => disposal.run(),
  };
}

/** A store that is gone cannot be told goodbye; what it does not learn expires. */
function forgiveLostStore(log: Log, error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
  log.warn("stopped without the store", { error });
}

/** Both answer in time: without the store nobody is served, and without the bus only late. */
async function ready(store: Kv, bus: Bus, clock: Clock): Promise<boolean> {
  const both = Promise.all([store.exists(IDENTITY), bus.answers()]).then(([, told]) => told);
  return inTime(both, READY_MS, clock, () => false).catch(() => false);
}
