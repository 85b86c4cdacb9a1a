import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, type Random, limits as wireLimits } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { HEARTBEAT_SECONDS, IDLE_TIMEOUT_SECONDS, type KemName } from "@parley/protocol/secure";
import { createHandlers, type Handlers } from "./api/handlers.ts";
import { type Config, ConfigError } from "./config.ts";
import { Disposal } from "./disposal.ts";
import { createServices, type Services } from "./domain/services.ts";
import { Epochs } from "./epochs.ts";
import { Admission } from "./gateway/admission.ts";
import { Connections } from "./gateway/connections.ts";
import { Dispatch } from "./gateway/dispatch.ts";
import { createHttpServer, type Tls } from "./gateway/http.ts";
import { DEFAULT_LIMITS, type GatewayLimits } from "./gateway/limits.ts";
import { Origins } from "./gateway/origins.ts";
import { Proxies } from "./gateway/proxies.ts";
import { TimerWheel } from "./gateway/timer-wheel.ts";
import { Turn } from "./gateway/turn.ts";
import { WebApp } from "./gateway/web-app.ts";
import { WebSocketGateway } from "./gateway/websocket.ts";
import { deploymentSecret } from "./identity/deployment-secret.ts";
import { openIdentity, type ServerIdentity } from "./identity/server-identity.ts";
import { StoredTicketKeys } from "./identity/ticket-keys.ts";
import { createLog, type Log } from "./log.ts";
import { openBus } from "./open-bus.ts";
import { systemClock, systemRandom } from "./platform.ts";
import { IDENTITY } from "./store/keys.ts";
import type { Kv } from "./store/kv.ts";
import { openStore } from "./store/open-store.ts";
import { VERSION } from "./version.ts";

/** What a test or a benchmark may put in place of the real thing. */
export interface NodeParts {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  readonly limits?: Partial<GatewayLimits>;
  /** The deployment's secret, when no file holds it. */
  readonly secret?: string | undefined;
  /** Sees the handlers before they are used: a test makes one throw. */
  readonly wrapHandlers?: (handlers: Handlers) => Handlers;
}

/** One running server. */
export interface ParleyNode {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:7780` */
  readonly url: string;
  readonly identity: ServerIdentity;
  /** Where the data is, without credentials. */
  readonly store: string;
  /** One line each, for the operator. */
  readonly warnings: readonly string[];
  readonly services: Services;
  readonly connections: Connections;
  /** Drains and disposes. Idempotent. */
  stop(): Promise<void>;
}

/** The one place that composes. When it throws, what was begun is undone. */
export async function createNode(config: Config, parts: NodeParts = {}): Promise<ParleyNode> {
  const disposal = new Disposal();
  try {
    return await compose(config, parts, disposal);
  } catch (error) {
    await disposal.run().catch(() => {});
    throw error;
  }
}

const STORE_FOLDER = "store";
const WEB_FOLDER = fileURLToPath(new URL("../../../web/dist/site", import.meta.url));
/** Enough that no two lives of any process share one. */
const NODE_ID_BYTES = 10;
/** How long the store may take to answer before the node counts as not ready. */
const READY_MS = 2_000;

async function compose(config: Config, parts: NodeParts, disposal: Disposal): Promise<ParleyNode> {
  const clock = parts.clock ?? systemClock;
  const random = parts.random ?? systemRandom;
  const log = parts.log ?? createLog(config.logLevel);
  const limits = { ...DEFAULT_LIMITS, ...parts.limits };
  const proxies = fromSetting("trusted-proxies", () => new Proxies(config.trustedProxies));
  const origins = fromSetting("origins", () => new Origins(config.origins));
  const nodeId = Buffer.from(random.bytes(NODE_ID_BYTES)).toString("hex");
  const location = config.store === "" ? join(config.data, STORE_FOLDER) : config.store;

  const secret = await deploymentSecret({ ...config, fromEnvironment: parts.secret });
  const epochs = new Epochs();
  const store = await openStore({
    location,
    clock,
    random,
    allowVolatile: config.allowVolatile,
    onEpoch: (epoch) => epochs.set(epoch),
  });
  disposal.defer(() => store.kv.close());
  epochs.set(store.epoch());
  const identity = await openIdentity({ store: store.kv, data: config.data, secret, random });
  const ticketKeys = await StoredTicketKeys.open({ store: store.kv, secret, clock, random, log });
  disposal.defer(() => ticketKeys.close());

  const bus = await openBus(location, nodeId);
  disposal.defer(() => bus.close());
  const services = await createServices({
    store: store.kv,
    workerStore: { location },
    bus,
    clock,
    random,
    log,
    config: { ...config, version: VERSION },
    deploymentSecret: secret,
    nodeId,
    epoch: epochs,
  });
  disposal.defer(() => services.dispose());

  const handlers = createHandlers(services);
  const wheel = new TimerWheel(clock);
  disposal.defer(() => wheel.stop());
  const connections = new Connections();
  const gateway = new WebSocketGateway({
    channel: {
      crypto: nodeCrypto,
      random,
      clock,
      identity: identity.key,
      rotations: [],
      kems: config.kems as readonly KemName[],
      ticketKeys,
      maxMessage: wireLimits.MAX_MESSAGE_BYTES,
      ready: {
        heartbeatSeconds: HEARTBEAT_SECONDS,
        idleTimeoutSeconds: IDLE_TIMEOUT_SECONDS,
        requireImsc: config.imscMode === "always",
        tlsAvailable: config.tls !== "off",
        reconnectSpreadMs: limits.restartSpreadMs,
      },
    },
    dispatch: new Dispatch(parts.wrapHandlers?.(handlers) ?? handlers, log),
    services,
    admission: new Admission(limits, clock, random),
    wheel,
    turn: new Turn(),
    connections,
    limits,
    log,
    mode: { imsc: config.imscMode, plaintextWs: config.plaintextWs },
    proxies,
    origins,
  });

  const tls = await tlsOf(config, clock.now());
  let stopping = false;
  const http = createHttpServer(
    {
      webApp: await WebApp.open(config.web === "" ? WEB_FOLDER : config.web),
      wellKnown: { identity: Buffer.from(identity.key.publicKey).toString("base64url"), fp: identity.fingerprint },
      ready: async () => !stopping && (await answers(store.kv, clock)),
    },
    tls,
  );
  http.on("upgrade", gateway.upgrade);
  http.listen(config.port, config.host);
  await once(http, "listening");
  disposal.defer(async () => {
    stopping = true;
    const closed = once(http, "close");
    http.close();
    http.closeIdleConnections();
    await gateway.drain();
    http.closeAllConnections();
    await closed;
  });

  const { port } = http.address() as AddressInfo;
  return {
    host: config.host,
    port,
    url: `${tls === null ? "http" : "https"}://${urlHost(config.host)}${port}`,
    identity,
    store: store.description,
    warnings: store.warnings,
    services,
    connections,
    stop: () => disposal.run(),
  };
}

/** `localhost:` for an address that means all of them: it is what the operator can open. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost:";
  return host.includes(":") ? `[${host}]:` : `${host}:`;
}

async function tlsOf(config: Config, now: number): Promise<Tls | null> {
  if (config.tls === "off") return null;
  if (config.tls === "selfsigned") {
    const { selfSignedTls } = await import("./identity/self-signed.ts");
    return selfSignedTls(config.data, config.host, now);
  }
  const [cert, key] = await Promise.all([
    readSetting("tls-cert", config.tlsCert),
    readSetting("tls-key", config.tlsKey),
  ]);
  return { cert, key };
}

async function readSetting(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new ConfigError(`--${flag} ${path}: ${(error as NodeJS.ErrnoException).code ?? "cannot be read"}.`);
  }
}

function fromSetting<T>(flag: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ConfigError(`--${flag}: ${(error as Error).message}.`);
  }
}

async function answers(store: Kv, clock: Clock): Promise<boolean> {
  let cancel = () => {};
  const late = new Promise<false>((resolve) => {
    cancel = clock.after(READY_MS, () => resolve(false));
  });
  try {
    return await Promise.race([store.exists(IDENTITY).then(() => true), late]);
  } catch {
    return false;
  } finally {
    cancel();
  }
}
