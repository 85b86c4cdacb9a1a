import { type Clock, type Params, type Random, ReplyError, type UserId } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { SCRAM_SALT_BYTES, scramKeys } from "@parley/protocol/secure";
import { Buckets } from "../../buckets.ts";
import { userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";
import { displayLine } from "../people/display-text.ts";
import type { Codes, ProvenCode } from "./codes.ts";
import { canonicalEmail, emailForm } from "./email.ts";
import { registrableHandle } from "./handle.ts";
import { indexHandle } from "./handle-index.ts";
import type { Invites } from "./invites.ts";
import { EMAIL, HANDLE, type Names } from "./names.ts";
import type { Ownership } from "./ownership.ts";
import { checkPassword } from "./password.ts";
import type { PasswordHasher } from "./password-hash.ts";
import type { AccountRules } from "./rules.ts";
import type { NewSession, Sessions } from "./sessions.ts";
import type { VerifierVault } from "./verifier.ts";

/** Of the sessions that the first password lets in. */
const FIRST_GENERATION = 0;
/** Addresses whose new accounts are counted apart. */
const COUNTED_MAX = 10_000;

/** Deed: what is left to do when the handle is claimed. */
export interface SettleArgs {
  readonly userId: UserId;
  readonly handle: string;
  readonly email: string | null;
  readonly owner: boolean;
}

export interface RegistrationParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: AccountRules;
  /** The server sends mail. */
  readonly mails: boolean;
  readonly hasher: PasswordHasher;
  readonly vault: VerifierVault;
  readonly sessions: Sessions;
  readonly names: Names;
  readonly codes: Codes;
  readonly invites: Invites;
  readonly ownership: Ownership;
  /** Writes down that `settle` is to be done; the answer removes that. */
  readonly beginSettling: (args: SettleArgs) => Promise<() => Promise<void>>;
}

/** The way in: a use of an invite, the owner's code, or none where everybody may come. */
interface Ticket {
  readonly owner: boolean;
  readonly invite: string | null;
}

export class Registration {
  readonly #parts: RegistrationParts;
  readonly #buckets: Buckets;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    const { registrationBurst: burst, registrationSeconds } = parts.rules;
    this.#buckets = new Buckets({ burst, perSecond: 1 / registrationSeconds, keys: COUNTED_MAX }, parts.clock);
  }

  /**
   * The user's record first, the claim on the handle second, then the other claims: a crash in between leaves a record
   * that nobody finds, never a handle that nobody owns, and what was left to claim is claimed by who replays the deed.
   */
  async register(params: Params<"auth.register">, address: string): Promise<NewSession> {
    const { store, hasher, names, sessions, random } = this.#parts;
    const handle = registrableHandle(params.handle);
    checkPassword(params.password, handle);
    const email = this.#emailOf(params);
    const waitMs = this.#buckets.take(address);
    if (waitMs > 0) throw new ReplyError("RATE_LIMITED", { retryAfterMs: waitMs });
    const ticket = await this.#ticketOf(params.invite);
    const userId = newId(random);
    const undo: (() => Promise<unknown>)[] = [];
    await hasher
      .run(async (hash) => {
        // Asked in the slot: of many who want one handle at once, only the first few cost a hash.
        if (await names.isTaken(HANDLE, handle)) throw new ReplyError("HANDLE_TAKEN");
        const code = await this.#prove(email, params.code);
        const verifier = await this.#verifier(userId, params.password, hash);
        if (ticket.invite !== null) undo.push(await this.#parts.invites.take(ticket.invite));
        if (code !== null && !(await code.use())) throw new ReplyError("CODE_INVALID");
        undo.push(() => store.delete(userKey(userId)));
        await this.#write(userId, { handle, email, verifier, displayName: params.displayName });
        await this.#claim({ userId, handle, email, owner: ticket.owner }, undo);
      })
      .catch(async (error: unknown) => {
        for (const step of undo.reverse()) await step();
        throw error;
      });
    return sessions.create(userId, params.device.name, FIRST_GENERATION);
  }

  /** Deed, idempotent: for an account that is there, whatever became of who made it. */
  async settle({ userId, handle, email, owner }: SettleArgs): Promise<void> {
    const { store, names, ownership } = this.#parts;
    if ((await names.ownerOf(HANDLE, handle)) !== userId) return;
    if (email !== null && (await store.hashGet(userKey(userId), EMAIL.field)) === email) {
      const free = !(await names.isTaken(EMAIL, email));
      if (free) await names.take(EMAIL, email, userId);
      // Somebody else's: this account goes on without it.
      else if ((await names.ownerOf(EMAIL, email)) !== userId) await store.hashDelete(userKey(userId), EMAIL.field);
    }
    if (owner) await ownership.take(userId);
  }

  async #claim(args: SettleArgs, undo: (() => Promise<unknown>)[]): Promise<void> {
    const { store, names, ownership, beginSettling } = this.#parts;
    const { userId, handle, email, owner } = args;
    const end = email !== null || owner ? await beginSettling(args) : null;
    if (end !== null) undo.push(end);
    await indexHandle(store, handle);
    if (!(await names.take(HANDLE, handle, userId))) throw new ReplyError("HANDLE_TAKEN");
    undo.push(() => names.giveUp(HANDLE, handle));
    if (email !== null) {
      if (!(await names.take(EMAIL, email, userId))) throw new ReplyError("EMAIL_TAKEN");
      undo.push(() => names.giveUp(EMAIL, email));
    }
    if (owner && !(await ownership.take(userId))) throw new ReplyError("INVITE_INVALID");
    // The account is there: a failure to say so undoes nothing.
    undo.length = 0;
    await end?.();
  }

  async #ticketOf(invite: string | undefined): Promise<Ticket> {
    const { rules, ownership } = this.#parts;
    if (invite !== undefined && (await ownership.opens(invite))) return { owner: true, invite: null };
    if (rules.registration === "closed") throw new ReplyError("REGISTRATION_CLOSED");
    if (rules.registration === "invite" && invite === undefined) throw new ReplyError("INVITE_REQUIRED");
    return { owner: false, invite: invite ?? null };
  }

  /** Null for an account without one. */
  #emailOf({ email }: Params<"auth.register">): string | null {
    const { rules, mails } = this.#parts;
    if (email === undefined) {
      if (mails && rules.email === "required") throw new ReplyError("EMAIL_REQUIRED");
      return null;
    }
    if (!mails) throw new ReplyError("MAIL_UNAVAILABLE");
    return canonicalEmail(email);
  }

  /** That the address is taken is told only to who has proved to read its mail. */
  async #prove(email: string | null, code: string | undefined): Promise<ProvenCode | null> {
    const { codes, names } = this.#parts;
    if (email === null) return null;
    if (code === undefined) throw new ReplyError("CODE_INVALID");
    const proven = await codes.prove("register", emailForm(email), code);
    if (await names.isTaken(EMAIL, email)) throw new ReplyError("EMAIL_TAKEN");
    return proven;
  }

  async #verifier(
    userId: UserId,
    password: string,
    hash: (password: string, salt: Uint8Array) => Promise<Uint8Array>,
  ): Promise<string> {
    const { random, vault } = this.#parts;
    const salt = random.bytes(SCRAM_SALT_BYTES);
    return vault.seal(userId, salt, scramKeys(nodeCrypto, await hash(password, salt)));
  }

  async #write(
    userId: UserId,
    account: {
      readonly handle: string;
      readonly email: string | null;
      readonly verifier: string;
      readonly displayName: string | undefined;
    },
  ): Promise<void> {
    const { store, clock } = this.#parts;
    const { handle, email, verifier, displayName } = account;
    await store.hashSetMany(userKey(userId), {
      handle,
      displayName: displayLine(displayName ?? "") || handle,
      createdAt: String(clock.now()),
      verifier,
      authGen: String(FIRST_GENERATION),
      ...(email === null ? {} : { email }),
    });
  }
}
