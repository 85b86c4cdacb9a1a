import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { fingerprint, fingerprintText, type SigningKey, shortCode } from "@parley/protocol/secure";
import { ConfigError } from "../config.ts";
import { IDENTITY } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { createPrivateFile, readIfThere } from "./private-file.ts";
import { Sealer } from "./sealed.ts";

const SEED_BYTES = 32;

/** Who this deployment is to its clients: one Ed25519 key, whatever the number of nodes. */
export interface ServerIdentity {
  readonly key: SigningKey;
  /** `OJI5-XDSX-...`: what clients pin. */
  readonly fingerprint: string;
  /** The first 100 bits of it, for reading aloud. */
  readonly shortCode: string;
}

export interface IdentityParts {
  readonly store: Pick<Kv, "driver" | "get" | "setNx">;
  /** Folder of the node's data. */
  readonly data: string;
  readonly secret: Uint8Array;
  readonly random: Random;
}

/** Made at the first start. Throws `ConfigError` when this node and its store disagree about who they are. */
export async function openIdentity(parts: IdentityParts): Promise<ServerIdentity> {
  if (parts.store.driver === "embedded") return localIdentity(parts);
  const path = seedFile(parts.data);
  const local = await readSeed(path);
  const shared = await claimShared(parts, local);
  // A copy is kept: should the store lose its own, the same identity is claimed again and clients' pins hold.
  return identityOf(local ?? (await keepSeed(path, shared)));
}

/** The identity of a node that is alone with its store. */
export async function localIdentity(parts: Pick<IdentityParts, "data" | "random">): Promise<ServerIdentity> {
  const path = seedFile(parts.data);
  return identityOf((await readSeed(path)) ?? (await keepSeed(path, newSeed(parts.random))));
}

/** Moves the node's own key aside, so that it takes the store's at its next start. Answers where it lies now. */
export async function joinIdentity(data: string, now: number): Promise<string | null> {
  const path = seedFile(data);
  if ((await readIfThere(path)) === null) return null;
  const aside = `${path}.before-${now}`;
  await rename(path, aside);
  return aside;
}

function seedFile(data: string): string {
  return join(data, "identity", "ed25519-seed");
}

async function claimShared(parts: IdentityParts, local: Uint8Array | null): Promise<Uint8Array> {
  const sealer = new Sealer(parts.secret, "identity");
  const candidate = local ?? newSeed(parts.random);
  // Whoever comes first decides; all others read what the first one wrote.
  if (await parts.store.setNx(IDENTITY, sealer.seal(candidate))) return candidate;
  const shared = sealer.open((await parts.store.get(IDENTITY)) ?? "");
  if (shared === null) {
    throw new ConfigError(
      "The store's identity is sealed under another secret: give this node the file `secret` of the first node's data folder with --secret-file.",
    );
  }
  if (local !== null && !Buffer.from(local).equals(shared)) {
    throw new ConfigError(
      [
        `This node's identity is ${identityOf(local).shortCode}, but the store belongs to ${identityOf(shared).shortCode}.`,
        "Clients would take one of them for an impostor. To join the store's deployment, run",
        "  parley identity join --data <its data folder>",
        "which moves the node's own key aside, and start it again.",
      ].join("\n"),
    );
  }
  return shared;
}

function newSeed(random: Random): Uint8Array {
  return random.bytes(SEED_BYTES);
}

async function keepSeed(path: string, seed: Uint8Array): Promise<Uint8Array> {
  await createPrivateFile(path, `${Buffer.from(seed).toString("base64url")}\n`);
  // Another process may have been first.
  return (await readSeed(path)) ?? seed;
}

async function readSeed(path: string): Promise<Uint8Array | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  const seed = Buffer.from(text.trim(), "base64url");
  if (seed.length !== SEED_BYTES) throw new ConfigError(`${path} is damaged: restore it from a backup.`);
  return seed;
}

function identityOf(seed: Uint8Array): ServerIdentity {
  const key = nodeCrypto.signingKey(seed);
  const bytes = fingerprint(nodeCrypto, key.publicKey);
  return { key, fingerprint: fingerprintText(bytes), shortCode: shortCode(bytes) };
}
