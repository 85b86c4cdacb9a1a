import {
  type ChatId,
  type Contact,
  type ContactRequest,
  limits,
  type Params,
  ReplyError,
  type Result,
  type UserCard,
  type UserId,
} from "@parley/protocol";
import { type Pair, type PairList, type PairState, readPair, sideOf } from "../../records/pair.ts";
import { readCard } from "../../records/user-record.ts";
import { directChat } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { checkChatsOf } from "../chats/quota.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { dropNotes, readNotes, writeNotes } from "./contact-notes.ts";
import { displayLine, displayText } from "./display-text.ts";
import type { PairAction, PairMoment } from "./pair-steps.ts";
import { type Pairs, pairListKey } from "./pairs.ts";

/** An intent of it is replayed as the notice alone. */
export interface ContactNotedArgs {
  readonly userId: UserId;
  readonly otherId: UserId;
}

export interface ContactsParts {
  readonly store: Kv;
  readonly inbox: Inbox;
  readonly pairs: Pairs;
  /** Writes down that the own devices are to be told; the answer removes that. */
  readonly begin: (args: ContactNotedArgs) => Promise<() => Promise<void>>;
}

/** Half of a reply at most, in UTF-16 units, which are three bytes at the worst. */
const REQUESTS_UNITS_MAX = limits.REPLY_MAX_BYTES / 4;

/** Contacts, requests and blocks of one person. */
export class Contacts {
  readonly #parts: ContactsParts;

  constructor(parts: ContactsParts) {
    this.#parts = parts;
  }

  /** True when both are contacts now. */
  async request(me: UserId, { userId: other, message }: Params<"contact.request">): Promise<boolean> {
    const { store, pairs } = this.#parts;
    if (other === me) throw new ReplyError("SELF_NOT_ALLOWED");
    const card = await readCard(store, other);
    if (card === null || card.deleted === true) throw new ReplyError("NOT_FOUND");
    const action: PairAction = { does: "ask", message: displayText(message ?? "") };
    const state = await pairs.act(me, other, action, async (step, moment) => {
      if (step.state.contact !== undefined) return this.#checkContacts(moment);
      // Asked before it is looked at who blocked whom: a full list says the same to everybody.
      const [own, theirs] = await Promise.all([this.#waiting(me, "out"), this.#waiting(other, "in")]);
      if (own >= limits.CONTACT_REQUESTS_MAX) throw new ReplyError("LIMIT_REACHED");
      if (theirs >= limits.CONTACT_REQUESTS_MAX) throw new ReplyError("REQUEST_REFUSED");
    });
    return state.contact !== undefined;
  }

  async cancel(me: UserId, other: UserId): Promise<void> {
    await this.#parts.pairs.act(me, other, { does: "cancel" });
  }

  /** Answers the direct chat when both are contacts. */
  async answer(me: UserId, { userId: other, answer }: Params<"contact.answer">): Promise<ChatId | null> {
    const { store, pairs } = this.#parts;
    await pairs.act(me, other, { does: answer }, async ({ state }, moment) => {
      if (state.contact !== undefined) await this.#checkContacts(moment);
    });
    return answer === "accept" ? store.get(directChat(me, other)) : null;
  }

  async remove(me: UserId, other: UserId): Promise<void> {
    await this.#parts.pairs.act(me, other, { does: "remove" });
  }

  async block(me: UserId, other: UserId): Promise<void> {
    const { store, pairs } = this.#parts;
    if (other === me) throw new ReplyError("SELF_NOT_ALLOWED");
    if ((await readCard(store, other)) === null) throw new ReplyError("NOT_FOUND");
    await pairs.act(me, other, { does: "block" }, async () => {
      if ((await store.hashLength(pairListKey("blocked", me))) >= limits.BLOCKED_MAX) {
        throw new ReplyError("LIMIT_REACHED");
      }
    });
  }

  async unblock(me: UserId, other: UserId): Promise<void> {
    await this.#parts.pairs.act(me, other, { does: "unblock" });
  }

  async update(me: UserId, { userId: other, remark, labels }: Params<"contact.update">): Promise<void> {
    const { store, begin } = this.#parts;
    const { contact } = (await readPair(store, me, other)).state;
    if (contact === undefined) throw new ReplyError("NOT_FOUND");
    const end = await begin({ userId: me, otherId: other });
    await writeNotes(store, me, other, contact.version, {
      ...(remark === undefined ? {} : { remark: displayLine(remark) }),
      ...(labels === undefined
        ? {}
        : { labels: [...new Set(labels.map(displayLine))].filter((label) => label !== "") }),
    });
    // It ended meanwhile, and what was noted of it was taken away before this was written.
    const now = (await readPair(store, me, other)).state.contact;
    if (now?.version !== contact.version) await dropNotes(store, me, other, contact.version);
    await this.tellNoted({ userId: me, otherId: other });
    await end();
  }

  /** Deed, idempotent. */
  tellNoted({ userId, otherId }: ContactNotedArgs): Promise<void> {
    return this.#parts.inbox.put(userId, { kind: "contact", userId: otherId, change: "noted" });
  }

  async list(me: UserId, { after, limit }: Params<"contact.list">): Promise<Result<"contact.list">> {
    const { store } = this.#parts;
    const ids = (await this.#listed("contacts", me)).sort().filter((id) => after === undefined || id > after);
    const found = await this.#peers("contacts", me, ids.slice(0, limit));
    const contacts = await Promise.all(
      found.map(async ({ user, pair }): Promise<Contact | null> => {
        const { contact } = pair.state;
        if (contact === undefined) return null;
        return { user, since: contact.since, ...(await readNotes(store, me, user.userId, contact.version)) };
      }),
    );
    return { contacts: contacts.filter((one) => one !== null), ...(ids.length > limit ? { more: true } : {}) };
  }

  /** The newest first, as many as fit into a reply. */
  async requests(me: UserId): Promise<Result<"contact.requests">> {
    const found = await this.#peers("requests", me, await this.#listed("requests", me));
    const incoming: ContactRequest[] = [];
    const outgoing: ContactRequest[] = [];
    for (const { user, pair } of found) {
      const theirs = sideOf(pair.state, user.userId).asked;
      const own = sideOf(pair.state, me).asked;
      if (theirs !== undefined && theirs.unseen !== true)
        incoming.push({ user, message: theirs.message, at: theirs.at });
      if (own !== undefined) outgoing.push({ user, message: own.message, at: own.at });
    }
    return { incoming: fitting(incoming), outgoing: fitting(outgoing) };
  }

  async blocked(me: UserId): Promise<UserCard[]> {
    const found = await this.#peers("blocked", me, await this.#listed("blocked", me));
    return found.map(({ user }) => user);
  }

  /** For an account that goes: nobody keeps it as a contact, nobody waits for its answer. */
  async endAll(me: UserId): Promise<void> {
    const ids = new Set([...(await this.#listed("contacts", me)), ...(await this.#listed("requests", me))]);
    for (const other of ids) {
      await this.remove(me, other);
      await this.cancel(me, other);
      const { state } = await readPair(this.#parts.store, me, other);
      if (isAsked(state, me, other)) await this.answer(me, { userId: other, answer: "refuse" });
    }
  }

  /** Who stands in the list; the pairs say who still does. */
  async #listed(list: PairList, me: UserId): Promise<UserId[]> {
    const ids = new Set<UserId>();
    for await (const [field] of this.#parts.store.hashScan(pairListKey(list, me))) ids.add(placeOf(field).userId);
    return [...ids];
  }

  /** With what is between them and the user; people who do not belong into the list any more are taken out of it. */
  async #peers(list: PairList, me: UserId, ids: readonly UserId[]): Promise<{ user: UserCard; pair: Pair }[]> {
    const { store } = this.#parts;
    const found = await Promise.all(
      ids.map(async (id) => {
        const [user, pair] = await Promise.all([readCard(store, id), readPair(store, me, id)]);
        const isThere = isIn(list, pair.state, me, id);
        if (!isThere) await this.#takeOut(list, me, id, pair.version);
        return user !== null && isThere ? { user, pair } : null;
      }),
    );
    return found.filter((one) => one !== null);
  }

  /** A deed that was done twice may leave somebody in a list. What a later version puts there has a place of its own. */
  async #takeOut(list: PairList, me: UserId, other: UserId, upTo: number): Promise<void> {
    const { store } = this.#parts;
    const key = pairListKey(list, me);
    for await (const [field] of store.hashScan(key)) {
      const { userId, version } = placeOf(field);
      if (userId === other && version <= upTo) await store.hashDelete(key, field);
    }
  }

  async #waiting(userId: UserId, way: "in" | "out"): Promise<number> {
    const { store } = this.#parts;
    const key = pairListKey("requests", userId);
    // Both ways together are far cheaper to count, and nearly always few.
    if ((await store.hashLength(key)) < limits.CONTACT_REQUESTS_MAX) return 0;
    let count = 0;
    for await (const [, value] of store.hashScan(key)) if (value === way) count += 1;
    return count;
  }

  async #checkContacts({ me, other, chat }: PairMoment): Promise<void> {
    const { store } = this.#parts;
    const [own, theirs] = await Promise.all(
      [me, other].map((userId) => store.hashLength(pairListKey("contacts", userId))),
    );
    if ((own ?? 0) >= limits.CONTACTS_MAX) throw new ReplyError("LIMIT_REACHED");
    if ((theirs ?? 0) >= limits.CONTACTS_MAX) throw new ReplyError("REQUEST_REFUSED");
    if (chat.isNew) await Promise.all([checkChatsOf(store, me), checkChatsOf(store, other)]);
  }
}

/** Of a field `uid#version` of a list. */
function placeOf(field: string): { readonly userId: UserId; readonly version: number } {
  const end = field.indexOf("#");
  return { userId: field.slice(0, end), version: Number(field.slice(end + 1)) };
}

function isIn(list: PairList, state: PairState, me: UserId, other: UserId): boolean {
  if (list === "contacts") return state.contact !== undefined;
  if (list === "blocked") return sideOf(state, me).blocks !== undefined;
  return sideOf(state, me).asked !== undefined || isAsked(state, me, other);
}

function isAsked(state: PairState, me: UserId, other: UserId): boolean {
  const { asked } = sideOf(state, other);
  return asked !== undefined && asked.unseen !== true && sideOf(state, me).blocks === undefined;
}

function fitting(requests: ContactRequest[]): ContactRequest[] {
  let units = 0;
  return requests
    .sort((a, b) => b.at - a.at)
    .filter((request) => {
      units += JSON.stringify(request).length;
      return units <= REQUESTS_UNITS_MAX / 2;
    });
}
