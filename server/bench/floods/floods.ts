import type { Flood } from "./flood.ts";
import { handshakes } from "./handshakes.ts";
import { apiCalls, bigRequests, messages, registrations, signIns } from "./requests.ts";
import { halfFrames, silentSockets, slowBodies, slowHeaders } from "./slow.ts";

/** One address, or one account, that takes all it gets. `refused`: how it learns that it asks too much (docs/limits.md). */
export interface NamedFlood {
  readonly what: string;
  /** `handle` is of somebody with an account, who does not take part. */
  readonly flood: (handle: string) => Flood;
  /** Every outcome that there may be; all of `refused` have to come. */
  readonly borne: readonly string[];
  readonly refused: readonly string[];
}

/** THE TABLE of floods: the benchmark measures what people feel of each, a test that each is refused as it should be. */
export const FLOODS = {
  handshakes: {
    what: "full handshakes, X25519",
    flood: () => handshakes("x25519"),
    borne: ["answered", "503"],
    refused: ["4129"],
  },
  rsaHandshakes: {
    what: "full handshakes, RSA-2048",
    flood: () => handshakes("rsa2048"),
    borne: ["answered", "503"],
    refused: ["4129"],
  },
  silentSockets: { what: "sockets that say nothing", flood: () => silentSockets, borne: [], refused: ["503", "4102"] },
  halfFrames: { what: "sockets with half a frame", flood: () => halfFrames, borne: [], refused: ["503", "4102"] },
  slowHeaders: { what: "headers that never end", flood: () => slowHeaders, borne: [], refused: ["cut", "408"] },
  slowBodies: { what: "bodies that never end", flood: () => slowBodies, borne: ["429"], refused: ["cut", "503"] },
  signIns: {
    what: "wrong passwords for one account",
    flood: (handle: string) => signIns(handle),
    borne: ["CREDENTIALS_INVALID", "SCRAM_NOT_STARTED", "4129", "503", "refused"],
    refused: ["RATE_LIMITED"],
  },
  registrations: {
    what: "new accounts",
    flood: () => registrations,
    borne: ["ok", "4129", "refused"],
    refused: ["RATE_LIMITED"],
  },
  messagesOfOne: {
    what: "messages of one account",
    flood: () => messages(1),
    borne: ["ok", "OVERLOADED", "refused"],
    refused: ["RATE_LIMITED", "4129"],
  },
  messagesOfMany: {
    what: "messages of eight accounts",
    flood: () => messages(),
    // Each has a rate of its own, and a slow disk keeps all of them below it.
    borne: ["ok", "OVERLOADED", "RATE_LIMITED", "4129", "refused"],
    refused: [],
  },
  bigRequests: {
    what: "requests of 900 KB",
    flood: () => bigRequests,
    borne: ["INVALID_PARAMS", "OVERLOADED", "4129", "refused"],
    refused: ["RATE_LIMITED"],
  },
  apiCalls: {
    what: "calls of the HTTP API with wrong tokens",
    flood: () => apiCalls,
    borne: ["401", "503", "cut"],
    refused: ["429"],
  },
} as const satisfies Record<string, NamedFlood>;

export type FloodName = keyof typeof FLOODS;
