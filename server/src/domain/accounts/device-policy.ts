import { type Clock, ReplyError, type UserId } from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import type { Kv } from "../../store/kv.ts";
import type { EndedWhy } from "./revocations.ts";
import type { AccountRules } from "./rules.ts";
import type { NewSession, Sessions } from "./sessions.ts";
import { inTurn } from "./user-turn.ts";

export interface DevicePolicyParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly policy: AccountRules["sessions"];
  readonly sessions: Sessions;
  readonly revoke: (sessions: readonly Session[], why: EndedWhy) => Promise<void>;
}

/**
 * Lets one more device in, as the operator wants it (SYNC-6). An account is in use while any session of it is valid:
 * not signed out, not revoked, not expired; whether a connection is open at this moment does not matter.
 */
export class DevicePolicy {
  readonly #parts: DevicePolicyParts;

  constructor(parts: DevicePolicyParts) {
    this.#parts = parts;
  }

  /**
   * `authGen` is of what let the device in. Throws `SIGNED_IN_ELSEWHERE`, `ACCOUNT_DISABLED`, which only who can sign in is told,
   * or `CREDENTIALS_INVALID` when what let it in changed meanwhile.
   */
  async enter(userId: UserId, deviceName: string, authGen: number): Promise<NewSession> {
    const { store, clock, policy, sessions, revoke } = this.#parts;
    if (policy === "multi") return this.#create(userId, deviceName, authGen);
    return inTurn(store, clock, userId, async (stillMine) => {
      const others = await sessions.valid(userId);
      if (policy === "refuse" && others.length > 0) throw new ReplyError("SIGNED_IN_ELSEWHERE");
      stillMine();
      const signedIn = await this.#create(userId, deviceName, authGen);
      if (others.length > 0) await revoke(others, "replaced");
      return signedIn;
    });
  }

  async #create(userId: UserId, deviceName: string, authGen: number): Promise<NewSession> {
    const { sessions } = this.#parts;
    const signedIn = await sessions.create(userId, deviceName, authGen);
    // Changed since it was proved: whoever still knows the old password stays out, however long that took.
    if ((await sessions.use(signedIn.session.sessionId)) !== null) return signedIn;
    await sessions.delete(signedIn.session);
    throw new ReplyError((await sessions.disabled(userId)) ? "ACCOUNT_DISABLED" : "CREDENTIALS_INVALID");
  }
}
