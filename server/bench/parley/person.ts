import { createHash, createHmac, randomBytes } from "node:crypto";
import { type Algorithm, hashRaw } from "@node-rs/argon2";
import type { Result } from "@parley/protocol";
import { type Pin, type StoredTicket, scramPassword, scramProve } from "@parley/protocol/secure";
import type { Talker } from "../load/talker.ts";
import type { Tally } from "../load/tally.ts";
import { type Dialled, dial } from "./dial.ts";

const DEVICE = { name: "bench" };
const PASSWORD = "correct horse battery staple of the bench";

const hashing = {
  sha256: (data: Uint8Array) => createHash("sha256").update(data).digest(),
  hmac: (key: Uint8Array, data: Uint8Array) => createHmac("sha256", key).update(data).digest(),
};

/** Which server, over which of this machine's addresses. */
interface Way {
  readonly url: string;
  readonly tally: Tally;
  readonly from?: string | undefined;
}

/** One account and what its device keeps. */
export class Person {
  readonly handle: string;
  userId = "";
  private pin: Pin | null = null;
  private readonly tickets: StoredTicket[] = [];
  private onTicket = () => {};
  /** Salt -> argon2id of the password: worked out before anything is measured, as it is the client's own CPU. */
  private salted: { readonly salt: string; readonly bytes: Buffer } | null = null;

  constructor(number: number) {
    this.handle = `bench${String(number).padStart(5, "0")}`;
  }

  async register(url: string, tally: Tally): Promise<void> {
    const { talker } = await this.dial({ url, tally }, false);
    const account = { handle: this.handle, password: PASSWORD, displayName: this.handle, device: DEVICE };
    this.userId = (await talker.request<Result<"auth.register">>("auth.register", account)).userId;
    // Tickets follow the reply; a reply to one more request shows that they have come.
    await talker.request("account.get", {});
    talker.close();
  }

  /** Does the slow half of a sign-in ahead of time, over a connection of its own or that of others. */
  async prepareCold(asking: Talker): Promise<void> {
    const challenge = await start(asking, this.handle, randomBytes(32));
    this.salted = { salt: challenge.salt, bytes: await argon2id(challenge) };
  }

  /** X25519 and the ticket's key. Signed in when the channel is open; done when the ticket for the next time is there. */
  async resume(url: string, tally: Tally, from?: string): Promise<Talker> {
    const renewed = new Promise<void>((resolve) => {
      this.onTicket = resolve;
    });
    const { talker, resumed } = await this.dial({ url, tally, from }, true);
    if (!resumed) throw new Error(`the ticket of ${this.handle} was not accepted`);
    await renewed;
    return talker;
  }

  /** RSA-2048, as on a device's first connection, then SCRAM bound to the channel. */
  async signIn(url: string, tally: Tally, from?: string): Promise<Talker> {
    const { talker, binding } = await this.dial({ url, tally, from }, false);
    const clientNonce = randomBytes(32);
    const challenge = await start(talker, this.handle, clientNonce);
    if (this.salted?.salt !== challenge.salt) this.salted = { salt: challenge.salt, bytes: await argon2id(challenge) };
    const { memoryKiB, iterations, parallelism } = challenge;
    const { clientProof, serverSignature } = scramProve(hashing, this.salted.bytes, {
      user: this.handle,
      clientNonce,
      serverNonce: Buffer.from(challenge.serverNonce, "base64url"),
      salt: Buffer.from(challenge.salt, "base64url"),
      memoryKiB,
      iterations,
      parallelism,
      binding,
    });
    const proof = Buffer.from(clientProof).toString("base64url");
    const finished = await talker.request<Result<"auth.scramFinish">>("auth.scramFinish", {
      clientProof: proof,
      device: DEVICE,
    });
    if (finished.serverSignature !== Buffer.from(serverSignature).toString("base64url"))
      throw new Error("wrong server");
    return talker;
  }

  private async dial({ url, tally, from }: Way, resume: boolean): Promise<Dialled> {
    const ticket = resume ? (this.tickets.shift() ?? null) : null;
    if (resume && ticket === null) throw new Error(`${this.handle} has no ticket left`);
    const dialled = await dial({
      url,
      kem: resume ? "x25519" : "rsa2048",
      tally,
      pin: this.pin,
      ticket,
      ...(from === undefined ? {} : { from }),
      onTicket: (received) => {
        this.tickets.push(received);
        this.onTicket();
      },
    });
    this.pin = dialled.pin;
    return dialled;
  }
}

type Challenge = Result<"auth.scramStart">;

function start(talker: Talker, handle: string, clientNonce: Uint8Array): Promise<Challenge> {
  const nonce = Buffer.from(clientNonce).toString("base64url");
  return talker.request<Challenge>("auth.scramStart", { handle, clientNonce: nonce });
}

function argon2id({ salt, memoryKiB, iterations, parallelism }: Challenge): Promise<Buffer> {
  return hashRaw(scramPassword(PASSWORD), {
    algorithm: 2 satisfies Algorithm.Argon2id,
    salt: Buffer.from(salt, "base64url"),
    memoryCost: memoryKiB,
    timeCost: iterations,
    parallelism,
    outputLen: 32,
  });
}
