import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import { x25519Pair as nodePair } from "@parley/protocol/crypto-node";

/**
 * The least that seals like Parley's channel does: AES-128-GCM, a key for each direction, a counter for the nonce.
 * No identity, no transcript, no tickets, no limits: what these cost is the difference that the benchmark shows.
 */
const TAG_BYTES = 16;
const HEADER = Buffer.from([0x10, 0]);

interface Direction {
  readonly key: Buffer;
  readonly nonce: Buffer;
  records: number;
}

export class Sealed {
  /** 32 bytes that name this connection to both ends. */
  readonly binding: Buffer;
  private readonly out: Direction;
  private readonly in: Direction;

  constructor(secret: Uint8Array, nonces: Uint8Array, side: "client" | "server") {
    const keys = Buffer.from(hkdfSync("sha256", secret, nonces, "reference", 88));
    const directions = [keys.subarray(0, 28), keys.subarray(28, 56)].map((part) => ({
      key: part.subarray(0, 16),
      nonce: Buffer.from(part.subarray(16)),
      records: 0,
    }));
    const [toServer, toClient] = directions as [Direction, Direction];
    this.out = side === "client" ? toServer : toClient;
    this.in = side === "client" ? toClient : toServer;
    this.binding = keys.subarray(56);
  }

  seal(plaintext: Uint8Array): Buffer {
    const cipher = createCipheriv("aes-128-gcm", this.out.key, next(this.out), { authTagLength: TAG_BYTES });
    cipher.setAAD(HEADER);
    const body = cipher.update(plaintext);
    cipher.final();
    return Buffer.concat([HEADER, body, cipher.getAuthTag()]);
  }

  /** Throws when the record is not the next one of this connection. */
  open(record: Buffer): Buffer {
    const decipher = createDecipheriv("aes-128-gcm", this.in.key, next(this.in), { authTagLength: TAG_BYTES });
    decipher.setAAD(record.subarray(0, HEADER.length));
    decipher.setAuthTag(record.subarray(-TAG_BYTES));
    const plaintext = decipher.update(record.subarray(HEADER.length, -TAG_BYTES));
    decipher.final();
    return plaintext;
  }
}

/** The counter takes the last four bytes of the nonce: 2^32 records are more than any run sends. */
function next(direction: Direction): Buffer {
  direction.nonce.writeUInt32BE(direction.records++, 8);
  return direction.nonce;
}

export interface KeyPair {
  readonly publicBytes: Buffer;
  readonly privateKey: KeyObject;
}

export function x25519Pair(): KeyPair {
  const { publicKey, privateKey } = nodePair();
  return { publicBytes: Buffer.from(publicKey.x as string, "base64url"), privateKey };
}

export function x25519Secret(own: KeyPair, other: Uint8Array): Buffer {
  const jwk = { kty: "OKP", crv: "X25519", x: Buffer.from(other).toString("base64url") };
  return diffieHellman({ privateKey: own.privateKey, publicKey: createPublicKey({ key: jwk, format: "jwk" }) });
}
