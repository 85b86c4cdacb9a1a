import { type Clock, type Notice, type Params, ReplyError, type UserId } from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import type { Letters } from "../../mail/letters.ts";
import type { MailQueue } from "../../mail/mail-queue.ts";
import { userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Codes } from "./codes.ts";
import { canonicalEmail, emailForm } from "./email.ts";
import { registrableHandle } from "./handle.ts";
import { indexHandle, unindexHandle } from "./handle-index.ts";
import { EMAIL, HANDLE, type NameKind, type Names } from "./names.ts";
import { checkPassword } from "./password.ts";
import type { Passwords } from "./passwords.ts";
import type { AccountRules } from "./rules.ts";
import { inTurn } from "./user-turn.ts";

export interface RenameArgs {
  readonly userId: UserId;
  readonly kind: NameKind["field"];
  /** Null: there was none, or there will be none. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface RenamingParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly rules: AccountRules;
  readonly mail: MailQueue | null;
  readonly letters: Letters;
  readonly names: Names;
  readonly passwords: Passwords;
  readonly codes: Codes;
  readonly notify: (userId: UserId, notice: Notice) => Promise<void>;
  /** `rename` below, with an intent around it. */
  readonly deed: (args: RenameArgs) => Promise<boolean>;
}

/** Another handle, another e-mail address. */
export class Renaming {
  readonly #parts: RenamingParts;

  constructor(parts: RenamingParts) {
    this.#parts = parts;
  }

  /** Answers the canonical form. */
  async changeHandle(session: Session, address: string, params: Params<"account.changeHandle">): Promise<string> {
    const { names, passwords } = this.#parts;
    const to = registrableHandle(params.handle);
    const { handle: from } = await passwords.prove(session.userId, address, params.password);
    if (to === from) return to;
    checkPassword(params.password, to);
    if (await names.isTaken(HANDLE, to)) throw new ReplyError("HANDLE_TAKEN");
    if (!(await this.begin({ userId: session.userId, kind: "handle", from, to }))) throw new ReplyError("HANDLE_TAKEN");
    return to;
  }

  async changeEmail(session: Session, address: string, params: Params<"account.changeEmail">): Promise<void> {
    const { rules, mail, letters, names, passwords, codes } = this.#parts;
    const { userId } = session;
    if (params.email === undefined) {
      if (mail !== null && rules.email === "required") throw new ReplyError("EMAIL_REQUIRED");
    } else if (mail === null) throw new ReplyError("MAIL_UNAVAILABLE");
    const to = params.email === undefined ? null : canonicalEmail(params.email);
    const { handle, email: from } = await passwords.prove(userId, address, params.password);
    if (to !== null) {
      const code = await codes.prove("changeEmail", emailForm(to), params.code ?? "");
      const owner = await names.ownerOf(EMAIL, to);
      if (owner !== null && owner !== userId) throw new ReplyError("EMAIL_TAKEN");
      if (owner === null && (await names.isTaken(EMAIL, to))) throw new ReplyError("EMAIL_TAKEN");
      if (!(await code.use())) throw new ReplyError("CODE_INVALID");
    }
    if (to === from) return;
    if (!(await this.begin({ userId, kind: "email", from, to }))) throw new ReplyError("EMAIL_TAKEN");
    if (from !== null) mail?.send(letters.emailChanged(from, handle));
  }

  /**
   * Deed, idempotent. False when somebody else has the name, or the user got a third one meanwhile. The user's record
   * names both until the new claim is made, so neither is free in between; the old claim is freed when it names one.
   */
  async rename(args: RenameArgs): Promise<boolean> {
    const { store, names } = this.#parts;
    const { userId, from, to } = args;
    const kind = kindOf(args);
    const [now, next] = await store.hashGetMany(userKey(userId), [kind.field, kind.next]);
    if ((now || null) === from && (to === null || next === to)) {
      if (to !== null && !(await names.take(kind, to, userId))) {
        await store.hashDelete(userKey(userId), kind.next);
        return false;
      }
      if (kind === HANDLE && to !== null) await indexHandle(store, to);
      if (kind === HANDLE && from !== null) await unindexHandle(store, from);
      await store.hashSetMany(userKey(userId), { [kind.field]: to ?? "", [kind.next]: "" });
    } else if ((now || null) !== to) return false;
    if (from !== null) await names.isTaken(kind, from);
    return true;
  }

  /** Does it in the user's turn. False when somebody else has the name. */
  async begin(args: RenameArgs): Promise<boolean> {
    const { store, clock, deed, notify } = this.#parts;
    const { userId, from, to } = args;
    const kind = kindOf(args);
    const done = await inTurn(store, clock, userId, async (stillMine) => {
      const now = await store.hashGet(userKey(userId), kind.field);
      if ((now || null) !== from) throw new ReplyError("CONFLICT");
      stillMine();
      if (to !== null) await store.hashSet(userKey(userId), kind.next, to);
      return deed(args);
    });
    if (done) await notify(userId, { kind: "account" });
    return done;
  }
}

function kindOf({ kind }: RenameArgs): NameKind {
  return kind === "handle" ? HANDLE : EMAIL;
}
