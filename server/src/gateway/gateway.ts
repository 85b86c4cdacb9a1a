import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { fileURLToPath } from "node:url";
import { type Clock, type Random, limits as wireLimits } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { HEARTBEAT_SECONDS, IDLE_TIMEOUT_SECONDS, type KemName, type TicketKeys } from "@parley/protocol/secure";
import type { Handlers } from "../api/handlers.ts";
import { Buckets } from "../buckets.ts";
import { type Config, ConfigError } from "../config.ts";
import { Disposal } from "../disposal.ts";
import type { ServerIdentity } from "../identity/server-identity.ts";
import type { Tls } from "../identity/tls.ts";
import type { Log } from "../log.ts";
import { Admission } from "./admission.ts";
import type { SessionServices } from "./connection.ts";
import { Connections } from "./connections.ts";
import { declineUpgrade, offersWebSocket } from "./declined-upgrade.ts";
import { Dispatch } from "./dispatch.ts";
import { createHttpServer, type ObjectRoute, objectListener } from "./http.ts";
import { HttpApi, type HttpApiParts } from "./http-api.ts";
import { DEFAULT_LIMITS, type GatewayLimits } from "./limits.ts";
import { Locate } from "./locate.ts";
import { MetricsPage } from "./metrics-page.ts";
import { Origins } from "./origins.ts";
import { PlainSockets } from "./plain-sockets.ts";
import { Proxies } from "./proxies.ts";
import { securityHeaders } from "./security-headers.ts";
import { sendAway } from "./send-away.ts";
import { TimerWheel } from "./timer-wheel.ts";
import { Turn } from "./turn.ts";
import { WebApp } from "./web-app.ts";
import { type GatewayParts, WebSocketGateway } from "./websocket.ts";

export interface GatewayDeps {
  readonly config: Config;
  readonly identity: ServerIdentity;
  readonly ticketKeys: TicketKeys;
  readonly handlers: Handlers;
  readonly services: SessionServices & Pick<HttpApiParts, "credentials">;
  readonly objects: ObjectRoute;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: Partial<GatewayLimits>;
  /** In place of listening: hands connections in. */
  listen?: ((http: Server) => { readonly port: number; close(): void }) | undefined;
  /** What `GET /metrics` answers. */
  metricsText(): Promise<string>;
  /** What lies behind can serve. */
  ready(): Promise<boolean>;
  /** Address of the node that a client should go to; null: there is none. */
  locate(): string | null;
}

/** Everything between the network and meaning; listening. */
export interface Gateway {
  readonly port: number;
  /** `http://127.0.0.1:7780` */
  readonly url: string;
  readonly connections: Connections;
  /** Not ready any more, though whoever comes is served: proxies look elsewhere. */
  leave(): void;
  /** Sends everybody away, one after the other over this time; ends early where `hurry` says so. */
  sendAway(overMs: number, hurry: AbortSignal): Promise<void>;
  /** Answers what is in flight, closes every connection, stops listening. Idempotent. */
  close(): Promise<void>;
}

/** The web app as the build leaves it, seen from the compiled server. */
const WEB_FOLDER = fileURLToPath(new URL("../../../../web/dist/site", import.meta.url));

/** Throws `ConfigError` when a setting or a file it names cannot be used. */
export async function openGateway(deps: GatewayDeps): Promise<Gateway> {
  const { config, identity, clock, log } = deps;
  const proxies = fromSetting("trusted-proxies", () => new Proxies(config.trustedProxies));
  const origins = fromSetting("origins", () => new Origins(config.origins));
  const tls = await tlsOf(config, clock.now());
  const webApp = await WebApp.open(config.web === "" ? WEB_FOLDER : config.web);
  const disposal = new Disposal();
  const connections = new Connections();
  const wheel = new TimerWheel(clock);
  disposal.defer(() => wheel.stop());
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const dispatch = new Dispatch(deps.handlers, log);
  const { userRequestsPerSecond: perSecond, userRequestBurst: burst, countedKeys: keys } = limits;
  const users = new Buckets({ perSecond, burst, keys }, clock);
  const sockets = socketGateway(deps, { limits, users, dispatch, wheel, connections, proxies, origins });
  const { credentials } = deps.services;
  const api = new HttpApi({ dispatch, credentials, proxies, origins, clock, log, limits, users });

  let leaving = false;
  const http = createHttpServer(
    {
      webApp,
      wellKnown: { identity: Buffer.from(identity.key.publicKey).toString("base64url"), fp: identity.fingerprint },
      ready: async () => !leaving && (await deps.ready()),
      headers: securityHeaders(deps.objects.publicOrigin),
    },
    {
      api,
      objects: objectListener(deps.objects.service, proxies),
      metrics: new MetricsPage(config.metrics, proxies, log, deps.metricsText),
      locate: new Locate({ locate: () => deps.locate(), proxies, clock, limits }),
      leaving: () => leaving,
    },
    tls,
    log,
  );
  const plain = new PlainSockets(limits, proxies);
  http.on("connection", (socket: Socket) => {
    if (!plain.admit(socket)) socket.destroy();
  });
  http.on("upgrade", (request, socket, head) => {
    if (!offersWebSocket(request)) return declineUpgrade(http, request, socket, head);
    plain.upgraded(request.socket);
    sockets.upgrade(request, socket, head);
  });
  disposal.defer(async () => {
    leaving = true;
    const closed = http.listening ? once(http, "close") : Promise.resolve();
    http.close();
    await Promise.all([sockets.drain(), api.drain()]);
    http.closeAllConnections();
    await closed;
  });
  let port: number;
  let stopTaking = () => {};
  if (deps.listen === undefined) {
    try {
      http.listen(config.port, config.host);
      await once(http, "listening");
    } catch (error) {
      await disposal.run();
      throw error;
    }
    ({ port } = http.address() as AddressInfo);
  } else {
    const listening = deps.listen(http);
    ({ port } = listening);
    stopTaking = listening.close;
    // Before what is under way is waited for.
    disposal.defer(stopTaking);
  }
  const scheme = tls === null ? "http" : "https";
  return {
    port,
    url: `${scheme}://${urlHost(config.host)}:${port}`,
    connections,
    leave() {
      leaving = true;
      stopTaking();
    },
    sendAway: (overMs, hurry) => sendAway(connections, { overMs, hurry, clock }),
    close: () => disposal.run(),
  };
}

function socketGateway(
  { config, identity, ticketKeys, services, clock, random, log }: GatewayDeps,
  shared: Pick<GatewayParts, "limits" | "users" | "dispatch" | "wheel" | "connections" | "proxies" | "origins">,
): WebSocketGateway {
  const { limits } = shared;
  return new WebSocketGateway({
    channel: {
      crypto: nodeCrypto,
      random,
      clock,
      identity: identity.key,
      rotations: identity.rotations,
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
    ...shared,
    services,
    admission: new Admission(limits, clock, random),
    turn: new Turn(),
    log,
    mode: { imsc: config.imscMode, plaintextWs: config.plaintextWs },
  });
}

/** `localhost` for an address that means all of them: it is what the operator can open. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

async function tlsOf(config: Config, now: number): Promise<Tls | null> {
  if (config.tls === "off") return null;
  if (config.tls === "selfsigned") {
    // Loaded here: most nodes never make a certificate.
    const { selfSignedTls } = await import("../identity/self-signed.ts");
    return selfSignedTls(config.data, config.host, now);
  }
  // One after the other, so that it is always the same file which is named when neither can be read.
  const cert = await readSetting("tls-cert", config.tlsCert);
  const key = await readSetting("tls-key", config.tlsKey);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const why = (error as Error).message;
    throw new ConfigError(`--tls-cert and --tls-key are no certificate and its key in PEM (${why}).`, { cause: error });
  }
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
