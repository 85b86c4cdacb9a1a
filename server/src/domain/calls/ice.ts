import { type Call, type Clock, type IceServers, limits, type UserId } from "@parley/protocol";
import { readPairState } from "../../records/pair.ts";
import { readVersioned } from "../../records/versioned.ts";
import { userSettings } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

/** Gives a user what it takes to use the relays, for a while. */
export type Relays = (
  userId: UserId,
  nowMs: number,
) => { readonly servers: IceServers["servers"]; readonly expiresAt: number };

/** The setting of a person that says when the others of a call may see addresses of theirs. */
const SETTING = "calls.relay";

/** What holds while these and no others are in the call, or asked in. */
export interface IceFor {
  readonly people: ReadonlySet<UserId>;
  readonly ice: IceServers;
}

/** How two devices of a call may find each other. */
export class Ice {
  readonly #store: Kv;
  readonly #clock: Clock;
  /** Null: none is set up. */
  readonly #relays: Relays | null;

  constructor(store: Kv, clock: Clock, relays: Relays | null) {
    this.#store = store;
    this.#clock = clock;
    this.#relays = relays;
  }

  async of(userId: UserId, people: ReadonlySet<UserId>): Promise<IceFor> {
    const now = this.#clock.now();
    const { servers, expiresAt } = this.#relays?.(userId, now) ?? { servers: [], expiresAt: now + limits.CALL_ICE_MS };
    return { people, ice: { servers, expiresAt, relayOnly: await this.#isRelayOnly(userId, people) } };
  }

  async #isRelayOnly(userId: UserId, people: ReadonlySet<UserId>): Promise<boolean> {
    const { latest } = await readVersioned(this.#store, userSettings(userId), this.#clock.now());
    const wish = latest.get(SETTING)?.value ?? null;
    if (wish === '"always"') return true;
    // Where there is no relay the alternative is no call at all, which only the person can choose.
    if (wish === '"never"' || this.#relays === null) return false;
    const others = [...people].filter((other) => other !== userId);
    const states = await Promise.all(others.map((other) => readPairState(this.#store, userId, other)));
    return states.some(({ contact }) => contact === undefined);
  }
}

export function peopleOf({ invited, participants }: Call): Set<UserId> {
  return new Set([...invited, ...participants].map(({ userId }) => userId));
}
