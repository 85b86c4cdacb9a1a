/** What one client, one address and one node may cost. Tests and benchmarks that raise a limit say so. */
export const DEFAULT_LIMITS = {
  /** Seconds from FINISHED to the sign-in: time to type a password. */
  authSeconds: 120,
  /** Seconds between looks at a connection; every second look sends a PING. */
  lookSeconds: 15,
  /** Seconds without a frame from the client and without a byte drained. Two PINGs may be lost. */
  silenceSeconds: 75,
  /** Seconds in which a connection with unsent bytes drains none of them. */
  stalledSeconds: 60,

  /** Unsent bytes over which events are dropped and `sync.behind` is owed; what a slow reader may cost. */
  unsentPushBytes: 256 * 1024,
  /** Unsent bytes below which a connection that fell behind is served again. */
  unsentResumeBytes: 32 * 1024,
  /** Unsent bytes over which its requests are no longer read. */
  unsentReadBytes: 4 * 1024 * 1024,
  /** Frames that are read from a connection that takes none of ours; each may cause one more in its queue. */
  framesWhileBlocked: 256,
  /** Unsent bytes that a stranger may leave lying. */
  unsentStrangerBytes: 64 * 1024,
  /** Chats named in one `sync.behind`; more are "any". */
  behindChats: 256,

  /** Requests a second of one connection after sign-in, and how many it may save up. A request over 16 KiB counts as several. */
  requestsPerSecond: 200,
  requestBurst: 1_000,
  requestUnitBytes: 16 * 1024,
  /** Requests refused as RATE_LIMITED before the connection is closed: it does not listen. */
  requestDebt: 1_000,
  /** The same of one person over all connections and the HTTP API: several devices that come back at once stay below, and a new connection is no new allowance. */
  userRequestsPerSecond: 400,
  userRequestBurst: 4_000,
  /** Requests that read; each may hold a page of 512 KiB. */
  readsAtOnce: 8,
  /** Seconds after which a request is answered as failed, whatever its handler does. */
  requestSeconds: 30,

  /** Sockets that carry no WebSocket, yet or ever: by address (an office behind one NAT), and on the node (16 KiB each at worst, and a descriptor). */
  plainSocketsPerAddress: 1_024,
  plainSockets: 8_192,
  /** Sockets that have not signed in: by address (an office behind one NAT), and on the node (64 KiB each at worst). */
  strangersPerAddress: 512,
  strangers: 2_000,
  /** Full handshakes, 0.3 ms of CPU each: by address, and on the node (one core). */
  handshakesPerSecond: 200,
  handshakeBurst: 1_000,
  nodeHandshakesPerSecond: 1_500,
  /** Resumptions of one session: a replayed hello costs a look-up in the store. */
  resumptionsPerSecond: 1,
  resumptionBurst: 30,
  /** Addresses and sessions that are counted apart; further ones share one count. */
  countedKeys: 50_000,

  /** Calls of the HTTP API under way, from reading the body to the last byte of the reply: of one address, and of the node (2 MiB each at worst). */
  httpCallsPerAddress: 64,
  httpCalls: 256,

  /** Questions of one address for a node to go to; an office behind one NAT asks at once when a node goes. */
  locatesPerSecond: 20,
  locateBurst: 1_000,

  /** Milliseconds over which clients spread their return after a restart. */
  restartSpreadMs: 10_000,
  /** Seconds that requests in flight get to finish when the node stops. */
  drainSeconds: 5,
} as const;

export type GatewayLimits = { readonly [K in keyof typeof DEFAULT_LIMITS]: number };

/** Bytes of the headers of an HTTP request. */
export const HTTP_HEADERS_MAX_BYTES = 8 * 1024;
/** Time in which they have to be there. */
export const HTTP_HEADERS_MS = 10_000;
