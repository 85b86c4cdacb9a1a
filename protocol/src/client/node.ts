import { createHash, randomBytes } from "node:crypto";
import { argon2id as wasmArgon2id } from "hash-wasm";
import { WebSocket } from "ws";
import type { Clock, Random } from "../platform.ts";
import { nodeCrypto } from "../secure/crypto-node.ts";
import type { FileHashes, RunningHash } from "../secure/index.ts";
import type { Argon2id } from "./argon2id.ts";
import { fetchHttp } from "./files/fetch-http.ts";
import type { ClientOptions } from "./options.ts";
import type { OpenSocket } from "./socket.ts";

export { fileStorage } from "./file-storage.ts";

/** One IMSC frame; `ws` closes 1009 beyond. */
const FRAME_MAX_BYTES = 65_554;

export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, job) {
    const timer = setTimeout(job, delayMs);
    return () => clearTimeout(timer);
  },
};

export const nodeRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  fraction: () => Math.random(),
};

export const nodeArgon2id: Argon2id = ({ password, salt, memoryKiB, iterations, parallelism }) =>
  wasmArgon2id({
    password,
    salt,
    memorySize: memoryKiB,
    iterations,
    parallelism,
    hashLength: 32,
    outputType: "binary",
  });

export const nodeHashes: FileHashes = { sha256: () => running("sha256"), md5: () => running("md5") };

function running(name: "sha256" | "md5"): RunningHash {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

/** `ca`: PEM of a certificate authority to trust for wss://, instead of the built-in ones. */
export function nodeSocket(options: { readonly ca?: string } = {}): OpenSocket {
  return (url, protocols, events) => {
    const socket = new WebSocket(url, [...protocols], {
      perMessageDeflate: false,
      maxPayload: FRAME_MAX_BYTES,
      ...options,
    });
    socket.binaryType = "nodebuffer";
    socket.on("open", () => events.opened(socket.protocol));
    socket.on("message", (data: Buffer, isBinary: boolean) => events.received(isBinary ? data : null));
    // `close` follows every `error`, and tells all that a client can use.
    socket.on("error", () => {});
    socket.on("close", (code, reason) => events.closed(code, reason.toString("utf8")));
    return {
      send: (bytes) => socket.send(bytes),
      close: (code, reason) => socket.close(code, reason),
    };
  };
}

/** All that a client in Node needs besides its URL, storage and device name. */
export function nodePlatform(): Pick<
  ClientOptions,
  "openSocket" | "crypto" | "argon2id" | "clock" | "random" | "files"
> {
  return {
    openSocket: nodeSocket(),
    crypto: nodeCrypto,
    argon2id: nodeArgon2id,
    clock: nodeClock,
    random: nodeRandom,
    files: { http: fetchHttp(fetch), hashes: nodeHashes },
  };
}
