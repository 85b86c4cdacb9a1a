import type { Method } from "@parley/protocol";
import type { Handlers } from "../../src/api/handlers.ts";
import { type Config, createConfig } from "../../src/config.ts";
import { type Gateway, openGateway } from "../../src/gateway/gateway.ts";
import type { GatewayLimits } from "../../src/gateway/limits.ts";
import { localIdentity } from "../../src/identity/server-identity.ts";
import { StoredTicketKeys } from "../../src/identity/ticket-keys.ts";
import type { Peer, Session } from "../../src/live/caller.ts";
import { createLog, type LogSink } from "../../src/log.ts";
import { metricsText } from "../../src/metrics.ts";
import { systemRandom as random, systemClock } from "../../src/platform.ts";
import { temporaryFolder } from "./folder.ts";
import type { VirtualTime } from "./virtual-time.ts";

export const SESSION: Session = {
  userId: "u".repeat(26),
  deviceId: "d".repeat(26),
  sessionId: "s".repeat(43),
};

type TestHandler = (peer: Peer, params: unknown) => Promise<object>;

export interface GatewayOptions {
  readonly settings?: Partial<Config>;
  readonly limits?: Partial<GatewayLimits>;
  readonly clock?: VirtualTime;
  readonly handlers?: Partial<Record<Method, TestHandler>>;
  readonly logTo?: LogSink;
  readonly locate?: () => string | null;
}

export interface TestGateway extends Gateway {
  readonly wsUrl: string;
  readonly fingerprint: string;
  /** Signed in, as meaning knows them. */
  readonly attached: Set<Peer>;
  /** Sessions that tickets may resume. */
  readonly sessions: Map<string, Session>;
  /** Sessions that tickets have prolonged. */
  readonly used: readonly string[];
}

/**
 * The gateway alone, on real sockets: behind it are no store and no meaning but the handlers of a test.
 * `auth.resume` signs in as `SESSION` unless the test says otherwise.
 */
export async function startGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const config = createConfig({ port: 0, data: await temporaryFolder(), ...options.settings });
  const clock = options.clock ?? systemClock;
  const log = createLog(options.logTo === undefined ? "silent" : "debug", options.logTo);
  const fields = new Map<string, string>();
  const ticketKeys = await StoredTicketKeys.open({
    store: {
      hashGetAll: async () => Object.fromEntries(fields),
      hashSetNx: async (_key, field, value) => !fields.has(field) && fields.set(field, value).size > 0,
      hashDelete: async () => 0,
    },
    secret: random.bytes(32),
    clock,
    random,
    log,
  });
  const identity = await localIdentity({ data: config.data, random });
  const attached = new Set<Peer>();
  const sessions = new Map([[SESSION.sessionId, SESSION]]);
  const used: string[] = [];
  const handlers: Partial<Record<Method, TestHandler>> = {
    "auth.resume": async (peer) => {
      peer.signIn(SESSION);
      return {};
    },
    ...options.handlers,
  };
  const gateway = await openGateway({
    config,
    identity,
    ticketKeys,
    handlers: handlers as unknown as Handlers,
    services: {
      sessions: {
        find: async (sessionId) => sessions.get(sessionId) ?? null,
        use: async (sessionId) => {
          used.push(sessionId);
          return sessions.get(sessionId) ?? null;
        },
      },
      credentials: { byToken: async () => ({ session: SESSION, expiresAt: clock.now() }) },
      live: { attach: (peer) => void attached.add(peer), detach: (peer) => void attached.delete(peer) },
    },
    clock,
    random,
    log,
    limits: options.limits ?? {},
    ready: async () => true,
    locate: options.locate ?? (() => null),
    metricsText,
    objects: { service: null, publicOrigin: null },
  });
  return {
    ...gateway,
    wsUrl: `${gateway.url.replace(/^http/, "ws")}/ws`,
    fingerprint: identity.fingerprint,
    attached,
    sessions,
    used,
    async close() {
      ticketKeys.close();
      await gateway.close();
    },
  };
}
