import { type Clock, type CodePurpose, type Params, ReplyError, type Result, type UserId } from "@parley/protocol";
import { Buckets } from "../../buckets.ts";
import type { Session } from "../../live/caller.ts";
import type { Log } from "../../log.ts";
import type { Letters } from "../../mail/letters.ts";
import type { MailQueue } from "../../mail/mail-queue.ts";
import { userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { CODE_LIFE_MS, CODE_RESEND_MS, type Codes, type ProvenCode } from "./codes.ts";
import type { DevicePolicy } from "./device-policy.ts";
import { canonicalEmail, emailForm } from "./email.ts";
import type { Guesses } from "./guesses.ts";
import { EMAIL, type Names } from "./names.ts";
import { checkPassword } from "./password.ts";
import type { Passwords } from "./passwords.ts";
import type { NewSession } from "./sessions.ts";

/** Codes asked for from one network address: an office comes to work, a machine does not write to a whole town. */
const REQUESTS_BURST = 30;
/** Further ones: one in ten seconds. */
const REQUESTS_PER_SECOND = 1 / 10;
/** Addresses that are counted apart; further ones share one count. */
const COUNTED_MAX = 10_000;
/** No handle is this: a password is compared with the handle only where the caller may know whose it is. */
const NO_HANDLE = "\0";
const MINUTE_MS = 60_000;

export interface MailCodesParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly log: Log;
  /** Null: the server sends no mail. */
  readonly mail: MailQueue | null;
  readonly letters: Letters;
  readonly names: Names;
  readonly codes: Codes;
  readonly guesses: Guesses;
  readonly passwords: Passwords;
  readonly devices: DevicePolicy;
}

/** What a code by mail is good for without a password. From outside, addresses with and without an account look the same. */
export class MailCodes {
  readonly #parts: MailCodesParts;
  readonly #buckets: Buckets;
  readonly #pending = new Set<Promise<void>>();

  constructor(parts: MailCodesParts) {
    this.#parts = parts;
    this.#buckets = new Buckets(
      { burst: REQUESTS_BURST, perSecond: REQUESTS_PER_SECOND, keys: COUNTED_MAX },
      parts.clock,
    );
  }

  /** Answered before anybody looks whose the address is (ACC-8); what it leads to happens afterwards. */
  async request(
    session: Session | null,
    address: string,
    { purpose, email: given }: Params<"auth.requestCode">,
  ): Promise<Result<"auth.requestCode">> {
    const { mail, codes } = this.#parts;
    if (mail === null) throw new ReplyError("MAIL_UNAVAILABLE");
    if (purpose === "changeEmail" && session === null) throw new ReplyError("NOT_SIGNED_IN");
    const email = canonicalEmail(given);
    const waitMs = this.#buckets.take(address);
    if (waitMs > 0) throw new ReplyError("RATE_LIMITED", { retryAfterMs: waitMs });
    const code = await codes.issue(purpose, emailForm(email));
    this.#later(() => this.#write(mail, { purpose, email, code, userId: session?.userId ?? null }));
    return { resendAfterMs: CODE_RESEND_MS, expiresAfterMs: CODE_LIFE_MS };
  }

  /** Throws `CODE_INVALID` for whatever is wrong. */
  async signIn(address: string, params: Params<"auth.signInByCode">): Promise<NewSession> {
    const { store, devices } = this.#parts;
    const { userId, code } = await this.#prove("signIn", address, params);
    const authGen = await store.hashGet(userKey(userId), "authGen");
    if (!(await code.use())) throw new ReplyError("CODE_INVALID");
    return devices.enter(userId, params.device.name, Number(authGen ?? 0));
  }

  /** Ends every session of the account. */
  async reset(address: string, params: Params<"auth.resetPassword">): Promise<void> {
    const { mail, letters, passwords } = this.#parts;
    checkPassword(params.newPassword, NO_HANDLE);
    const { userId, code } = await this.#prove("reset", address, params);
    const account = await passwords.account(userId);
    if (account === null) throw new ReplyError("CODE_INVALID");
    checkPassword(params.newPassword, account.handle);
    await passwords.replace(userId, account, {
      password: params.newPassword,
      keptSession: "",
      before: async () => {
        if (!(await code.use())) throw new ReplyError("CODE_INVALID");
      },
    });
    if (account.email !== null) mail?.send(letters.passwordSet(account.email, account.handle));
  }

  /** Resolves when what was begun is done. */
  async stop(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** The same commands to the store, whether the address has an account or not. */
  async #prove(
    purpose: CodePurpose,
    address: string,
    params: { readonly email: string; readonly code: string },
  ): Promise<{ readonly userId: UserId; readonly code: ProvenCode }> {
    const { mail, names, codes, guesses } = this.#parts;
    if (mail === null) throw new ReplyError("MAIL_UNAVAILABLE");
    const form = emailForm(canonicalEmail(params.email));
    const guess = await guesses.begin(form, address);
    const [code, userId] = await Promise.all([
      codes.prove(purpose, form, params.code).catch((error: unknown) => {
        if (error instanceof ReplyError) return null;
        throw error;
      }),
      names.ownerOf(EMAIL, form),
    ]);
    if (code === null || userId === null) {
      await guess.failed();
      throw new ReplyError("CODE_INVALID");
    }
    await guess.succeeded();
    return { userId, code };
  }

  async #write(
    mail: MailQueue,
    asked: {
      readonly purpose: CodePurpose;
      readonly email: string;
      readonly code: string;
      readonly userId: UserId | null;
    },
  ): Promise<void> {
    const { names, passwords, letters } = this.#parts;
    const { purpose, email, code } = asked;
    const owner = await names.ownerOf(EMAIL, email);
    const account = owner === null ? null : await passwords.account(owner);
    const letter = (to: string) => letters.code(purpose, to, code, CODE_LIFE_MS / MINUTE_MS);
    const isNew = purpose === "register" || purpose === "changeEmail";
    // To the address as its owner wrote it, not as whoever asks does.
    if (account?.email && !isNew) mail.send(letter(account.email));
    else if (account?.email && owner !== asked.userId) mail.send(letters.taken(account.email, account.handle));
    else if (isNew) mail.send(letter(email));
  }

  /** In another turn: the answer is on its way before the first look. */
  #later(work: () => Promise<void>): void {
    const turn = new Promise<void>((resolve) => this.#parts.clock.after(0, resolve));
    const done = turn
      .then(work)
      .catch((error: unknown) => this.#parts.log.warn("a code could not be sent", { error }))
      .finally(() => this.#pending.delete(done));
    this.#pending.add(done);
  }
}
