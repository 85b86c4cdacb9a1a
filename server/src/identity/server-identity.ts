import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import {
  fingerprint,
  fingerprintText,
  makeRotation,
  rotationLeads,
  type SigningKey,
  shortCode,
} from "@parley/protocol/secure";
import { ConfigError } from "../config.ts";
import { IDENTITY } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { decodeRecord, encodeRecord, type IdentityRecord, SEED_BYTES, withRotation } from "./identity-record.ts";
import { createPrivateFile, readIfThere, replacePrivateFile } from "./private-file.ts";
import { Sealer } from "./sealed.ts";

/** Who this deployment is to its clients: one Ed25519 key, whatever the number of nodes. */
export interface ServerIdentity {
  readonly key: SigningKey;
  /** `OJI5-XDSX-...`: what clients pin. */
  readonly fingerprint: string;
  /** The first 100 bits of it, for reading aloud. */
  readonly shortCode: string;
  /** Signed statements that lead from earlier keys to this one, for clients that pinned one of them. */
  readonly rotations: readonly Uint8Array[];
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
  const path = recordFile(parts.data);
  const local = await readRecord(path);
  const shared = await claimShared(parts, local);
  // A copy is kept: should the store lose its own, the same identity is claimed again and clients' pins hold.
  if (local === null) await keepRecord(path, shared);
  else if (!same(local, shared)) await replacePrivateFile(path, textOf(shared));
  return identityOf(shared);
}

/** The identity of a node that is alone with its store. */
export async function localIdentity(parts: Pick<IdentityParts, "data" | "random">): Promise<ServerIdentity> {
  const path = recordFile(parts.data);
  return identityOf((await readRecord(path)) ?? (await keepRecord(path, newRecord(parts.random))));
}

export interface Rotation {
  /** The old key may be in other hands: nothing leads from it to the new one, and everybody has to verify anew. */
  readonly compromised: boolean;
  readonly now: number;
}

/** Gives the deployment a new key. Nodes that run go on with the old one until they are started again. */
export async function rotateIdentity(
  parts: IdentityParts & { readonly store: Pick<Kv, "set"> },
  { compromised, now }: Rotation,
): Promise<ServerIdentity> {
  await openIdentity(parts);
  const path = recordFile(parts.data);
  const old = await readRecord(path);
  if (old === null) throw new ConfigError(`${path} is gone.`);
  const seed = parts.random.bytes(SEED_BYTES);
  const [oldKey, newKey] = [nodeCrypto.signingKey(old.seed), nodeCrypto.signingKey(seed)];
  const record = compromised
    ? { seed, rotations: [] }
    : withRotation(old, seed, (seq) => makeRotation(oldKey, newKey, now, seq));
  // The store first: a node that stops in between finds there what its own copy lacks.
  if (parts.store.driver !== "embedded") await parts.store.set(IDENTITY, sealerOf(parts).seal(encodeRecord(record)));
  await replacePrivateFile(path, textOf(record));
  return identityOf(record);
}

/** Moves the node's own key aside, so that it takes the store's at its next start. Answers where it lies now. */
export async function joinIdentity(data: string, now: number): Promise<string | null> {
  const path = recordFile(data);
  if ((await readIfThere(path)) === null) return null;
  const aside = `${path}.before-${now}`;
  await rename(path, aside);
  return aside;
}

function recordFile(data: string): string {
  return join(data, "identity", "ed25519-seed");
}

async function claimShared(parts: IdentityParts, local: IdentityRecord | null): Promise<IdentityRecord> {
  const sealer = sealerOf(parts);
  const candidate = local ?? newRecord(parts.random);
  // Whoever comes first decides; all others read what the first one wrote.
  if (await parts.store.setNx(IDENTITY, sealer.seal(encodeRecord(candidate)))) return candidate;
  const opened = sealer.open((await parts.store.get(IDENTITY)) ?? "");
  const shared = opened && decodeRecord(opened);
  if (shared === null) {
    throw new ConfigError(
      "The store's identity is sealed under another secret: give this node the file `secret` of the first node's data folder with --secret-file.",
    );
  }
  if (local !== null && !(await leads(local, shared))) {
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

/** The store's key is the node's own, or the one that it was rotated to. */
async function leads(local: IdentityRecord, shared: IdentityRecord): Promise<boolean> {
  if (Buffer.from(local.seed).equals(shared.seed)) return true;
  const [from, to] = [local, shared].map(({ seed }) => fingerprint(nodeCrypto, nodeCrypto.signingKey(seed).publicKey));
  return from !== undefined && to !== undefined && rotationLeads(nodeCrypto, shared.rotations, from, to);
}

function same(one: IdentityRecord, other: IdentityRecord): boolean {
  return Buffer.from(encodeRecord(one)).equals(encodeRecord(other));
}

function sealerOf({ secret }: IdentityParts): Sealer {
  return new Sealer(secret, "identity");
}

function newRecord(random: Random): IdentityRecord {
  return { seed: random.bytes(SEED_BYTES), rotations: [] };
}

const textOf = (record: IdentityRecord) => `${Buffer.from(encodeRecord(record)).toString("base64url")}\n`;

async function keepRecord(path: string, record: IdentityRecord): Promise<IdentityRecord> {
  await createPrivateFile(path, textOf(record));
  // Another process may have been first.
  return (await readRecord(path)) ?? record;
}

async function readRecord(path: string): Promise<IdentityRecord | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  const record = decodeRecord(Buffer.from(text.trim(), "base64url"));
  if (record === null) throw new ConfigError(`${path} is damaged: restore it from a backup.`);
  return record;
}

function identityOf({ seed, rotations }: IdentityRecord): ServerIdentity {
  const key = nodeCrypto.signingKey(seed);
  const bytes = fingerprint(nodeCrypto, key.publicKey);
  return { key, fingerprint: fingerprintText(bytes), shortCode: shortCode(bytes), rotations };
}
