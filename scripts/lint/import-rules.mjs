/**
 * Which part may import which. A part is a file or a folder; the longest that fits a file is its part, and within itself a part
 * imports freely. `ours` lists parts of this repository, `packages` everything else; a trailing * stands for any ending.
 * What is not listed is an error: a new folder that others import is a line here, on purpose.
 */

const SCHEMAS = "protocol/src";
const SECURE = "protocol/src/secure";
const CLIENT = "protocol/src/client";

const PROTOCOL = ["@parley/protocol", "@parley/protocol/*"];

/** What everything on the server may lean on; these lean on nothing of the server but each other. */
const GROUND = [
  "server/src/log.ts",
  "server/src/platform.ts",
  "server/src/disposal.ts",
  "server/src/buckets.ts",
  "server/src/pause.ts",
  "server/src/in-time.ts",
  "server/src/metrics.ts",
  "server/src/pipe.ts",
  "server/src/heap.ts",
  "server/src/minor-collector.ts",
  "server/src/gateway/address.ts",
];

/** The store's interface with its errors is a part of its own: the gateway answers "try again" for them and touches no data. */
const KV = "server/src/store/kv.ts";
/** What an address of a store looks like: the configuration refuses another one, and opens none. */
const STORE_URL = "server/src/store/redis/url.ts";
const STORE = [KV, STORE_URL, "server/src/store"];

/** What requests bring along, read and checked: at the gateway, or by a worker. */
const PARAMS = "server/src/params.ts";
const QUICK_RECORDS = "server/src/quick-records.ts";

/** How users, chats, entries and inboxes are written down: what domain writes, live and the workers read. */
const RECORDS = "server/src/records";

const ground = { ours: GROUND, packages: ["node:*", "@parley/protocol", "pino"] };

export const PARTS = {
  // The protocol knows nobody of ours, and only the files made for Node know Node.
  [SCHEMAS]: { ours: [], packages: ["typebox", "typebox/*"] },
  [SECURE]: { ours: [SCHEMAS], packages: ["@noble/*", "node-forge", "hash-wasm"] },
  "protocol/src/secure/crypto-node.ts": { ours: [SCHEMAS, SECURE], packages: ["node:*", "hash-wasm"] },
  [CLIENT]: { ours: [SCHEMAS, SECURE], packages: ["typebox", "typebox/*"] },
  "protocol/src/client/file-storage.ts": { ours: [CLIENT], packages: ["node:*"] },
  "protocol/src/client/node.ts": {
    ours: [SCHEMAS, SECURE, "protocol/src/secure/crypto-node.ts", CLIENT, "protocol/src/client/file-storage.ts"],
    packages: ["node:*", "ws", "hash-wasm"],
  },

  // On the server imports run down: gateway, api, domain, then live and timelines, then records, then store and bus.
  "server/src/log.ts": ground,
  "server/src/platform.ts": ground,
  "server/src/disposal.ts": ground,
  "server/src/buckets.ts": ground,
  "server/src/pause.ts": ground,
  "server/src/in-time.ts": ground,
  "server/src/metrics.ts": { ours: [], packages: ["@parley/protocol", "prom-client"] },
  "server/src/pipe.ts": ground,
  "server/src/heap.ts": { ours: [], packages: ["node:*"] },
  "server/src/minor-collector.ts": { ours: [], packages: ["node:*"] },
  "server/src/gateway/address.ts": ground,
  "server/src/commands.ts": { ours: [], packages: [] },
  "server/src/version.ts": { ours: [], packages: ["node:*"] },
  // What the operator may do by the running server, and how that is reached.
  "server/src/admin": {
    ours: [...GROUND, "server/src/config.ts", "server/src/domain", "server/src/live"],
    packages: ["node:*", "@parley/protocol"],
  },
  "server/src/doctor": {
    ours: [...GROUND, "server/src/config.ts", "server/src/objects", ...STORE],
    packages: ["node:*", "@parley/turn", "@parley/turn/check"],
  },
  // What may be asked for beside the server that runs: it leans on what keeps things, never on who serves them.
  "server/src/backup": {
    ours: [
      ...GROUND,
      "server/src/config.ts",
      "server/src/version.ts",
      "server/src/identity",
      "server/src/objects",
      RECORDS,
      ...STORE,
    ],
    packages: ["node:*", "@parley/protocol"],
  },
  "server/src/config.ts": {
    ours: [...GROUND, "server/src/bus/nats-url.ts", "server/src/commands.ts", "server/src/mail", STORE_URL],
    packages: ["node:*", ...PROTOCOL, "typebox", "typebox/*"],
  },
  [QUICK_RECORDS]: { ours: [], packages: ["typebox/*"] },
  [PARAMS]: { ours: [QUICK_RECORDS], packages: ["@parley/protocol", "typebox/*"] },
  [KV]: { ours: GROUND, packages: ["@parley/protocol"] },
  [STORE_URL]: { ours: [], packages: [] },
  "server/src/store": { ours: [...GROUND, KV, STORE_URL], packages: ["node:*", "@parley/protocol", "ioredis", "lmdb"] },
  "server/src/bus": {
    ours: [...GROUND, "server/src/bus/nats-url.ts"],
    packages: ["node:*", "@parley/protocol", "ioredis", "@nats-io/transport-node"],
  },
  "server/src/bus/nats-url.ts": { ours: [], packages: [] },
  "server/src/objects": { ours: GROUND, packages: ["node:*", "@parley/protocol", "@aws-sdk/*", "piscina"] },
  "server/src/mail": { ours: GROUND, packages: ["node:*", "@parley/protocol", "nodemailer"] },
  "server/src/identity": {
    ours: [...GROUND, "server/src/config.ts", "server/src/identity/sealed.ts", ...STORE],
    packages: ["node:*", ...PROTOCOL, "@peculiar/x509", "reflect-metadata"],
  },
  "server/src/identity/sealed.ts": { ours: [], packages: ["node:*"] },
  // What `parley init` writes; it starts nothing.
  "server/src/init": {
    ours: [...GROUND, "server/src/config.ts", "server/src/identity"],
    packages: ["node:*", "@parley/turn/relay-config"],
  },
  [RECORDS]: { ours: STORE, packages: ["@parley/protocol"] },
  "server/src/timelines": {
    ours: [...GROUND, PARAMS, RECORDS, ...STORE],
    packages: ["node:*", "@parley/protocol", "piscina"],
  },
  "server/src/live": {
    ours: [...GROUND, RECORDS, ...STORE, "server/src/bus"],
    packages: ["node:*", "@parley/protocol"],
  },
  "server/src/domain": {
    ours: [
      ...GROUND,
      "server/src/live",
      "server/src/timelines",
      RECORDS,
      ...STORE,
      "server/src/bus",
      "server/src/mail",
      "server/src/objects",
      "server/src/identity/sealed.ts",
    ],
    packages: ["node:*", ...PROTOCOL, "@parley/turn", "@node-rs/argon2"],
  },
  "server/src/api": {
    ours: [...GROUND, KV, PARAMS, RECORDS, "server/src/domain", "server/src/live", "server/src/timelines"],
    packages: ["node:*", ...PROTOCOL, "typebox", "typebox/*"],
  },
  "server/src/gateway": {
    ours: [
      ...GROUND,
      KV,
      PARAMS,
      "server/src/config.ts",
      "server/src/identity",
      "server/src/api",
      "server/src/domain",
      "server/src/live",
    ],
    packages: [
      "node:*",
      ...PROTOCOL,
      "typebox",
      "typebox/*",
      "ws",
      "hono",
      "hono/*",
      "@hono/node-server",
      "@hono/node-server/*",
    ],
  },

  // The process that runs nodes, and is none: it knows where they meet, not what they do.
  "server/src/workers": {
    ours: [...GROUND, "server/src/config.ts", ...STORE, "server/src/bus"],
    packages: ["node:*", "@parley/protocol"],
  },

  // What makes credentials goes into every server, so it leans on nothing of what runs or tests a relay.
  "turn/src/turn-url.ts": { ours: [], packages: ["node:net"] },
  "turn/src/credentials.ts": { ours: ["turn/src/turn-url.ts"], packages: ["node:crypto"] },
  "turn/src/ip.ts": { ours: [], packages: ["node:net"] },
  "turn/src/peers.ts": { ours: [], packages: ["node:net"] },
  "turn/src/check": {
    ours: ["turn/src/credentials.ts", "turn/src/turn-url.ts", "turn/src/ip.ts", "turn/src/peers.ts"],
    packages: ["node:*"],
  },

  // The web app: models know neither React nor the views; views know neither the wire nor the cache.
  "web/src/i18n": { ours: [], packages: ["i18next"] },
  "web/src/model": { ours: ["web/src/i18n"], packages: ["mobx", ...PROTOCOL] },
  "web/src/cache": { ours: [], packages: ["localforage", ...PROTOCOL] },
  // What the browser lends: sockets, clocks, tabs, workers. Only the page's address is told to a model.
  "web/src/platform": { ours: ["web/src/model"], packages: ["hash-wasm", "mobx", "emojibase-data/*", ...PROTOCOL] },
  "web/src/view": {
    ours: ["web/src/model", "web/src/i18n"],
    packages: [
      "react",
      "react/*",
      "mobx-react-lite",
      "react-virtuoso",
      "radix-ui",
      "lucide-react",
      "frimousse",
      "react-easy-crop",
      "react-easy-crop/*",
      "@parley/protocol",
    ],
  },
};

/** Where a package is put together: these files see everything of it, and no part sees them. */
export const ROOTS = new Set(["server/src", "web/src", "turn/src"]);
