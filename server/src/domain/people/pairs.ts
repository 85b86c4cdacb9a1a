import { type ChatId, type Clock, type Random, ReplyError, type UserId } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import {
  type PairEffect,
  type PairList,
  type PairState,
  type PairVersion,
  readPair,
  SETTLED,
  settledFields,
} from "../../records/pair.ts";
import { directChat, pairKey, userBlocked, userContacts, userRequests } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { DirectArgs } from "../chats/direct-chats.ts";
import { newId, newUuid } from "../ids.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { ChatLogs } from "../messages/chat-logs.ts";
import { dropNotes } from "./contact-notes.ts";
import { areApart } from "./may-write.ts";
import { type PairAction, type PairMoment, type PairStep, pairStep } from "./pair-steps.ts";

export interface PairArgs {
  readonly people: readonly [UserId, UserId];
}

export interface PairsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly inbox: Inbox;
  readonly logs: ChatLogs;
  readonly announce: (message: BusMessage) => void;
  /** Idempotent; answers the chat of the two. */
  readonly openChat: (args: DirectArgs) => Promise<ChatId>;
  /** Idempotent; `by` leaves the call of the two. */
  readonly hangUp: (by: UserId, other: UserId) => Promise<void>;
  /** Writes down that what follows has to be done; the answer removes that. */
  readonly begin: (args: PairArgs) => Promise<() => Promise<void>>;
}

/** Longer than any writer can be between reading a version and writing the next one, which counts with its own clock. */
const FOLLOWED_UP_MS = 60_000;
const FOLLOW_UP_MS = 20_000;
/** Changes of one person between the same two within that time; bounds what is read on each message to them. */
const CHANGES_MAX = 20;
/** Others change the same thing at the same moment: two people with a few devices do not do so more often. */
const TRIES_MAX = 16;

const LISTS: Readonly<Record<PairList, (userId: UserId) => string>> = {
  contacts: userContacts,
  requests: userRequests,
  blocked: userBlocked,
};

export const pairListKey = (list: PairList, userId: UserId) => LISTS[list](userId);

type Changed = Extract<PairStep, { outcome: "changed" }>;

/** Changes what two people are to each other: one step at a time, and all that follows from it; see records/pair.ts. */
export class Pairs {
  readonly #parts: PairsParts;

  constructor(parts: PairsParts) {
    this.#parts = parts;
  }

  /** Answers what is true afterwards. `check` may refuse a change; what changes nothing is not asked about. */
  async act(
    me: UserId,
    other: UserId,
    action: PairAction,
    check: (step: Changed, moment: PairMoment) => Promise<void> = async () => {},
  ): Promise<PairState> {
    const { store, clock, random, begin } = this.#parts;
    const begun: (() => Promise<void>)[] = [];
    const end = () => Promise.all(begun.map((one) => one()));
    const attempt = async (): Promise<PairState | null> => {
      const readAt = clock.monotonic();
      const [pair, chatId] = await Promise.all([readPair(store, me, other), store.get(directChat(me, other))]);
      const now = clock.now();
      const chat = { chatId: chatId ?? newId(random), isNew: chatId === null, clientId: newUuid(now, random) };
      const moment = { me, other, now, version: pair.version + 1, chat };
      const step = pairStep(pair.state, action, moment);
      if (step.outcome === "refused") throw new ReplyError(step.error);
      if (step.outcome === "unchanged") {
        // Whoever made it so may have died before the rest was done, and who repeats it relies on all of it.
        if (pair.settled < pair.version) await this.settle({ people: [me, other] });
        return pair.state;
      }
      checkPace(pair.versions, me, now);
      await check(step, moment);
      if (begun.length === 0) begun.push(await begin({ people: [me, other] }));
      if (clock.monotonic() - readAt > FOLLOW_UP_MS) return null;
      const { state, effects } = step;
      const next: PairVersion = { version: moment.version, by: me, at: now, state, effects };
      if (!(await store.hashSetNx(pairKey(me, other), String(next.version), JSON.stringify(next)))) return null;
      await this.settle({ people: [me, other] });
      return state;
    };
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const state = await attempt().catch(async (error: unknown) => {
        // A refusal leaves nothing to be done; anything else may, and stays written down.
        if (error instanceof ReplyError) await end();
        throw error;
      });
      if (state === null) continue;
      await end();
      return state;
    }
    await end();
    throw new ReplyError("CONFLICT");
  }

  /** Deed, idempotent: what follows from the versions that nobody has seen to yet. */
  async settle({ people }: PairArgs): Promise<void> {
    const { store, clock } = this.#parts;
    const [one, other] = people;
    const pair = await readPair(store, one, other);
    for (const version of pair.versions) {
      if (version.version <= pair.settled) continue;
      for (const effect of version.effects) await this.#follow(effect, version, people);
    }
    if (pair.settled < pair.version) {
      const fields = { ...settledFields(pair.versions), [SETTLED]: String(pair.version) };
      await store.hashSetMany(pairKey(one, other), fields);
    }
    const old = pair.versions.filter((_, i) => {
      const successor = pair.versions[i + 1];
      return successor !== undefined && clock.now() - successor.at > FOLLOWED_UP_MS;
    });
    if (old.length > 0) await store.hashDelete(pairKey(one, other), ...old.map(({ version }) => String(version)));
  }

  async #follow(effect: PairEffect, { by, at }: PairVersion, people: PairArgs["people"]): Promise<void> {
    const { store, inbox, logs, announce, openChat, hangUp } = this.#parts;
    const otherOf = (userId: UserId) => (userId === people[0] ? people[1] : people[0]);
    switch (effect.do) {
      case "list": {
        const { of, version, value } = effect;
        return store.hashSet(pairListKey(effect.list, of), `${otherOf(of)}#${version}`, value);
      }
      case "unlist": {
        const { of, version } = effect;
        await store.hashDelete(pairListKey(effect.list, of), `${otherOf(of)}#${version}`);
        if (effect.list === "contacts") await dropNotes(store, of, otherOf(of), version);
        return;
      }
      case "notice":
        return inbox.put(effect.to, { kind: "contact", userId: otherOf(effect.to), change: effect.change });
      case "chat": {
        const { isNew, clientId } = effect;
        const chatId = isNew ? await openChat({ chatId: effect.chatId, people, createdAt: at }) : effect.chatId;
        await logs.append(chatId, { sender: by, clientId, sentAt: at, kind: "system", body: { event: "contacts" } });
        return;
      }
      case "hangUp":
        // Repeated late, it must not end a call that began after they were unblocked.
        if (await areApart(store, ...people)) await hangUp(by, otherOf(by));
        return;
      case "presence":
        return announce({ kind: "visibility", userId: by, otherId: otherOf(by) });
    }
  }
}

function checkPace(versions: readonly PairVersion[], me: UserId, now: number): void {
  const recent = versions.filter(({ by, at }) => by === me && now - at < FOLLOWED_UP_MS);
  const [oldest] = recent;
  if (oldest === undefined || recent.length < CHANGES_MAX) return;
  throw new ReplyError("RATE_LIMITED", { retryAfterMs: oldest.at + FOLLOWED_UP_MS - now });
}
