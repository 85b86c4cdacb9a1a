import { readFileSync } from "node:fs";
import type { RsaNumbers } from "./providers.ts";

/** `protocol/vectors`, seen from `protocol/dist/tests`. */
const FOLDER = new URL("../../vectors/", import.meta.url);

export interface HandshakeCase {
  readonly name: string;
  readonly client_hello: string;
  readonly server_hello: string;
  readonly psk?: string;
  readonly kem_ss?: string;
  readonly prk1: string;
  readonly th1: string;
  readonly th2: string;
  readonly c_traffic_0: string;
  readonly s_traffic_0: string;
  readonly exporter: string;
  readonly resumption: string;
  readonly channel_binding: string;
  readonly c_key_0: string;
  readonly c_iv_0: string;
  readonly s_key_0: string;
  readonly s_iv_0: string;
  readonly finished_record: string;
  readonly records: readonly {
    readonly dir: "c2s" | "s2c";
    readonly epoch: number;
    readonly seq: number;
    readonly inner: string;
    readonly frame: string;
  }[];
  readonly ticket: {
    readonly frame: string;
    readonly ticket_nonce: string;
    readonly ticket: string;
    readonly psk: string;
  };
  readonly client_x25519_priv?: string;
  readonly server_x25519_priv?: string;
}

export interface Vectors {
  readonly identity: Record<"seed" | "pub" | "fingerprint" | "text" | "short", string>;
  readonly rsa_test_key: RsaNumbers;
  readonly cases: readonly HandshakeCase[];
  readonly rotation: { readonly old_seed: string; readonly new_seed: string; readonly statement: string };
}

export interface ScramVector {
  readonly user: string;
  readonly password: string;
  readonly salt: string;
  readonly m: number;
  readonly t: number;
  readonly p: number;
  readonly salted: string;
  readonly stored_key: string;
  readonly server_key: string;
  readonly client_nonce: string;
  readonly server_nonce: string;
  readonly cb: string;
  readonly client_proof: string;
  readonly server_signature: string;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
}

export const vectors = read("imsc1.json") as Vectors;
export const scramVector = read("scram.json") as ScramVector;

export interface Refused {
  readonly name: string;
  readonly frames: readonly string[];
  readonly close: number;
}

export interface MoreVectors {
  readonly rsa3072_test_key: RsaNumbers;
  readonly cases: readonly HandshakeCase[];
  readonly edges: {
    readonly key: string;
    readonly iv: string;
    readonly records: readonly Record<"seq" | "nonce" | "inner" | "frame", string>[];
    readonly largest: { readonly inner_sha256: string; readonly frame_bytes: number; readonly frame_sha256: string };
  };
  readonly close_notify: { readonly code: number; readonly reason: string; readonly body: string };
  readonly grease_is_ignored: string;
  readonly refused: Record<"hellos" | "answers" | "records", readonly Refused[]>;
}

/** Read when asked for, since the program that writes them shares this file. */
export function moreVectors(): MoreVectors {
  return read("imsc1-more.json") as MoreVectors;
}
