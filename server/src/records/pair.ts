import type { ChatId, ClientId, Notice, UserId } from "@parley/protocol";
import { pairKey } from "../store/keys.ts";
import type { Kv, Reads } from "../store/kv.ts";

/**
 * What two people are to each other: one hash for both, with a field for each version, made by HSETNX of the next number.
 * So of two changes at the same moment one wins and the other looks again, and the highest version is the truth. What
 * follows from a version (lists, notices, the direct chat) stands in it and is done afterwards, in order, any number of
 * times; `settled` says how far. Versions that nobody can be about to follow up any more are deleted.
 */
export interface PairVersion {
  readonly version: number;
  readonly by: UserId;
  readonly at: number;
  readonly state: PairState;
  readonly effects: readonly PairEffect[];
}

export interface PairState {
  readonly contact?: { readonly since: number; readonly version: number };
  /** What each of the two did; absent: nothing that still counts. */
  readonly sides: Readonly<Record<UserId, PairSide>>;
}

export interface PairSide {
  /** Asks the other for a contact. `unseen`: the other ignores it, or blocked who asks, who does not learn that. */
  readonly asked?: {
    readonly at: number;
    readonly version: number;
    readonly message: string;
    readonly unseen?: true;
  };
  readonly blocks?: { readonly since: number; readonly version: number };
  /** When this side refused the other the last time. */
  readonly refusedAt?: number;
}

/** A list of one person, in which the other stands. */
export type PairList = "contacts" | "requests" | "blocked";

export type PairEffect =
  | {
      readonly do: "list";
      readonly list: PairList;
      readonly of: UserId;
      readonly version: number;
      readonly value: string;
    }
  | { readonly do: "unlist"; readonly list: PairList; readonly of: UserId; readonly version: number }
  | { readonly do: "notice"; readonly to: UserId; readonly change: Extract<Notice, { kind: "contact" }>["change"] }
  /** Both are contacts now: the direct chat, made first where there is none, and the entry in it that says so. */
  | { readonly do: "chat"; readonly chatId: ChatId; readonly isNew: boolean; readonly clientId: ClientId }
  /** They are in no call of two any more. */
  | { readonly do: "hangUp" }
  /** Who may see whose presence is another question now. */
  | { readonly do: "presence" };

const NO_PAIR_STATE: PairState = { sides: {} };
export const SETTLED = "settled";

export interface Pair {
  /** Ascending; those before are deleted. */
  readonly versions: readonly PairVersion[];
  /** 0: nothing was ever between the two. */
  readonly version: number;
  readonly state: PairState;
  /** Up to this version everything that follows was done. */
  readonly settled: number;
}

export async function readPair(store: Kv, one: UserId, other: UserId): Promise<Pair> {
  const { [SETTLED]: settled, ...fields } = await store.hashGetAll(pairKey(one, other));
  const versions = Object.values(fields).map((text) => JSON.parse(text) as PairVersion);
  versions.sort((a, b) => a.version - b.version);
  const newest = versions.at(-1);
  return {
    versions,
    version: newest?.version ?? 0,
    state: newest?.state ?? NO_PAIR_STATE,
    settled: Number(settled ?? 0),
  };
}

/** The same, and no more: for what is asked on every message. */
export async function readPairState(store: Reads, one: UserId, other: UserId): Promise<PairState> {
  let newest = 0;
  const fields = await store.hashGetAll(pairKey(one, other));
  for (const field in fields) if (Number(field) > newest) newest = Number(field);
  const text = fields[newest];
  return text === undefined ? NO_PAIR_STATE : (JSON.parse(text) as PairVersion).state;
}

/**
 * The fields without what nobody needs again once everything up to `settled` was done. Those before the newest stay for a
 * while all the same: a writer that is late finds its number taken.
 */
export function settledFields(versions: readonly PairVersion[]): Record<string, string> {
  const fields: Record<string, string> = {};
  versions.forEach((one, i) => {
    const isNewest = i === versions.length - 1;
    const isLean = one.effects.length === 0 && (isNewest || Object.keys(one.state.sides).length === 0);
    const lean: PairVersion = { ...one, state: isNewest ? one.state : NO_PAIR_STATE, effects: [] };
    if (!isLean) fields[String(one.version)] = JSON.stringify(lean);
  });
  return fields;
}

export const sideOf = (state: PairState, userId: UserId): PairSide => state.sides[userId] ?? {};
