import { type Clock, canonicalHandle, type Params, type Random, ReplyError, type Result } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { scramVerify } from "@parley/protocol/secure";
import type { Peer } from "../../live/caller.ts";
import { handleKey, userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { DevicePolicy } from "./device-policy.ts";
import type { Guesses } from "./guesses.ts";
import type { NewSession } from "./sessions.ts";
import type { Verifier, VerifierVault } from "./verifier.ts";

/** Time for an argon2 run on a slow phone, with room; an exchange that takes longer begins anew. */
const PENDING_MS = 60_000;

interface Pending {
  readonly handle: string;
  readonly userId: string | null;
  readonly verifier: Verifier;
  /** Generation of that verifier. */
  readonly authGen: number;
  readonly clientNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly startedAt: number;
}

export interface SignInParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly vault: VerifierVault;
  readonly guesses: Guesses;
  readonly devices: DevicePolicy;
}

/** Channel-bound SCRAM. Whatever is wrong, unknown handles included, looks the same from outside. */
export class SignIn {
  readonly #parts: SignInParts;
  /** One exchange a connection; gone with it. */
  readonly #pending = new WeakMap<Peer, Pending>();

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  async start(peer: Peer, params: Params<"auth.scramStart">): Promise<Result<"auth.scramStart">> {
    const { clock, random } = this.#parts;
    const handle = canonicalHandle(params.handle);
    const known = await this.#verifierOf(handle);
    const { verifier } = known;
    const serverNonce = random.bytes(32);
    const clientNonce = Buffer.from(params.clientNonce, "base64url");
    this.#pending.set(peer, { handle, ...known, clientNonce, serverNonce, startedAt: clock.monotonic() });
    return {
      salt: Buffer.from(verifier.salt).toString("base64url"),
      memoryKiB: verifier.memoryKiB,
      iterations: verifier.iterations,
      parallelism: verifier.parallelism,
      serverNonce: Buffer.from(serverNonce).toString("base64url"),
    };
  }

  async finish(
    peer: Peer,
    params: Params<"auth.scramFinish">,
  ): Promise<NewSession & { readonly serverSignature: string }> {
    const { clock, guesses, devices } = this.#parts;
    const pending = this.#pending.get(peer);
    this.#pending.delete(peer);
    if (pending === undefined || clock.monotonic() - pending.startedAt > PENDING_MS) {
      throw new ReplyError("SCRAM_NOT_STARTED");
    }
    const guess = await guesses.begin(pending.handle, peer.address);
    const { handle, verifier, clientNonce, serverNonce } = pending;
    const { salt, memoryKiB, iterations, parallelism } = verifier;
    const signature = scramVerify(
      nodeCrypto,
      verifier,
      {
        user: handle,
        clientNonce,
        serverNonce,
        salt,
        memoryKiB,
        iterations,
        parallelism,
        binding: peer.channelBinding,
      },
      Buffer.from(params.clientProof, "base64url"),
    );
    if (signature === null || pending.userId === null) {
      await guess.failed();
      throw new ReplyError("CREDENTIALS_INVALID");
    }
    const { userId, authGen } = pending;
    await guess.succeeded();
    const signedIn = await devices.enter(userId, params.device.name, authGen);
    return { ...signedIn, serverSignature: Buffer.from(signature).toString("base64url") };
  }

  /** Unknown handles take the same steps at the store. */
  async #verifierOf(handle: string): Promise<Pick<Pending, "userId" | "verifier" | "authGen">> {
    const { store, vault } = this.#parts;
    const userId = await store.get(handleKey(handle));
    const fields = ["verifier", "handle", "authGen"];
    const [sealed, name, authGen] = await store.hashGetMany(userKey(userId ?? "unknown"), fields);
    const decoy = vault.decoy(handle);
    if (userId === null || typeof sealed !== "string" || name !== handle) {
      return { userId: null, verifier: decoy, authGen: 0 };
    }
    return { userId, verifier: vault.open(userId, sealed), authGen: Number(authGen ?? 0) };
  }
}
