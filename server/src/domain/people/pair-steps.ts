import type { ChatId, ClientId, ReplyErrorName, UserId } from "@parley/protocol";
import { type PairEffect, type PairSide, type PairState, sideOf } from "../../records/pair.ts";

/** After a refusal the same person may ask again the next day. They were told of it, so that this reveals nothing. */
export const REFUSED_FOR_MS = 24 * 3600_000;

export type PairAction =
  | { readonly does: "ask"; readonly message: string }
  | { readonly does: "cancel" | "accept" | "refuse" | "ignore" | "remove" | "block" | "unblock" };

export interface PairMoment {
  readonly me: UserId;
  readonly other: UserId;
  readonly now: number;
  /** The version that the step would make. */
  readonly version: number;
  /** Of the direct chat, and of the entry in it, should the two become contacts. */
  readonly chat: { readonly chatId: ChatId; readonly isNew: boolean; readonly clientId: ClientId };
}

export type PairStep =
  | { readonly outcome: "refused"; readonly error: ReplyErrorName }
  | { readonly outcome: "unchanged" }
  | { readonly outcome: "changed"; readonly state: PairState; readonly effects: readonly PairEffect[] };

const UNCHANGED: PairStep = { outcome: "unchanged" };
const refused = (error: ReplyErrorName): PairStep => ({ outcome: "refused", error });
const changed = (state: PairState, effects: readonly PairEffect[]): PairStep => ({
  outcome: "changed",
  state,
  effects,
});

/**
 * What one of the two does, and what follows. Who is blocked or ignored asks as everybody does and goes on seeing that
 * they asked; only the other one never hears of it.
 */
export function pairStep(state: PairState, action: PairAction, moment: PairMoment): PairStep {
  const { me, other, now } = moment;
  const mine = sideOf(state, me);
  const theirs = sideOf(state, other);
  // What who blocked does not see cannot be answered either.
  const asked = mine.blocks === undefined ? theirs.asked : undefined;
  switch (action.does) {
    case "ask":
      if (mine.blocks !== undefined) return refused("YOU_BLOCKED");
      if (state.contact !== undefined) return UNCHANGED;
      if (asked !== undefined) return becomeContacts(state, moment);
      if (mine.asked !== undefined) return UNCHANGED;
      if (theirs.refusedAt !== undefined && now - theirs.refusedAt < REFUSED_FOR_MS) return refused("REQUEST_REFUSED");
      return ask(state, moment, action.message);
    case "cancel":
      if (mine.asked === undefined) return UNCHANGED;
      return changed(withSide(state, me, { asked: undefined }), [
        ...unlistAsked(state, me, other),
        ...tellAsked(mine, other, "cancelled"),
        { do: "notice", to: me, change: "cancelled" },
      ]);
    case "accept":
      if (state.contact !== undefined) return UNCHANGED;
      return asked === undefined ? refused("NOT_FOUND") : becomeContacts(state, moment);
    case "refuse":
      if (asked === undefined) return mine.refusedAt === undefined ? refused("NOT_FOUND") : UNCHANGED;
      return changed(withSide(withSide(state, other, { asked: undefined }), me, { refusedAt: now }), [
        ...unlistAsked(state, other, me),
        { do: "notice", to: other, change: "refused" },
        { do: "notice", to: me, change: "refused" },
      ]);
    case "ignore":
      if (asked === undefined) return refused("NOT_FOUND");
      if (asked.unseen === true) return UNCHANGED;
      return changed(withSide(state, other, { asked: { ...asked, unseen: true } }), [
        { do: "unlist", list: "requests", of: me, version: asked.version },
        { do: "notice", to: me, change: "ignored" },
      ]);
    case "remove":
      if (state.contact === undefined) return UNCHANGED;
      return changed(withoutContact(state), [
        ...endContact(state, me, other),
        { do: "notice", to: me, change: "removed" },
      ]);
    case "block":
      return mine.blocks === undefined ? block(state, moment) : UNCHANGED;
    case "unblock":
      if (mine.blocks === undefined) return UNCHANGED;
      return changed(withSide(state, me, { blocks: undefined }), [
        { do: "unlist", list: "blocked", of: me, version: mine.blocks.version },
        { do: "notice", to: me, change: "unblocked" },
        { do: "presence" },
      ]);
  }
}

function ask(state: PairState, { me, other, now, version }: PairMoment, message: string): PairStep {
  const unseen = sideOf(state, other).blocks === undefined ? {} : { unseen: true as const };
  const asked = { at: now, version, message, ...unseen };
  const seen: readonly PairEffect[] = [
    { do: "list", list: "requests", of: other, version, value: "in" },
    { do: "notice", to: other, change: "requested" },
  ];
  return changed(withSide(state, me, { asked }), [
    { do: "list", list: "requests", of: me, version, value: "out" },
    ...(asked.unseen === true ? [] : seen),
    { do: "notice", to: me, change: "requested" },
  ]);
}

function becomeContacts(state: PairState, { me, other, now, version, chat }: PairMoment): PairStep {
  const over = { asked: undefined, refusedAt: undefined };
  const sides = withSide(withSide(state, me, over), other, over);
  const people = [me, other] as const;
  return changed({ ...sides, contact: { since: now, version } }, [
    ...unlistAsked(state, other, me),
    ...unlistAsked(state, me, other),
    ...people.map((of): PairEffect => ({ do: "list", list: "contacts", of, version, value: String(now) })),
    { do: "chat", ...chat },
    { do: "presence" },
    ...people.map((to): PairEffect => ({ do: "notice", to, change: "accepted" })),
  ]);
}

function block(state: PairState, { me, other, now, version }: PairMoment): PairStep {
  const mine = sideOf(state, me);
  const { asked } = sideOf(state, other);
  const ended = withSide(withoutContact(state), me, { asked: undefined, blocks: { since: now, version } });
  return changed(asked === undefined ? ended : withSide(ended, other, { asked: { ...asked, unseen: true } }), [
    { do: "list", list: "blocked", of: me, version, value: String(now) },
    { do: "presence" },
    { do: "hangUp" },
    ...endContact(state, me, other),
    ...unlistAsked(state, me, other),
    ...tellAsked(mine, other, "cancelled"),
    ...(asked === undefined ? [] : [{ do: "unlist", list: "requests", of: me, version: asked.version } as const]),
    { do: "notice", to: me, change: "blocked" },
  ]);
}

/** The other one is told: their list is shorter now. */
function endContact({ contact }: PairState, me: UserId, other: UserId): PairEffect[] {
  if (contact === undefined) return [];
  const { version } = contact;
  return [
    { do: "unlist", list: "contacts", of: me, version },
    { do: "unlist", list: "contacts", of: other, version },
    { do: "presence" },
    { do: "notice", to: other, change: "removed" },
  ];
}

function unlistAsked(state: PairState, asker: UserId, other: UserId): PairEffect[] {
  const { asked } = sideOf(state, asker);
  if (asked === undefined) return [];
  const { version } = asked;
  return [asker, other].map((of) => ({ do: "unlist", list: "requests", of, version }));
}

function tellAsked({ asked }: PairSide, other: UserId, change: "cancelled"): PairEffect[] {
  return asked === undefined || asked.unseen === true ? [] : [{ do: "notice", to: other, change }];
}

function withoutContact({ contact: _ended, ...state }: PairState): PairState {
  return state;
}

type SideChange = { readonly [K in keyof PairSide]?: PairSide[K] | undefined };

/** A field given as undefined is taken away; JSON leaves it out. */
function withSide(state: PairState, userId: UserId, change: SideChange): PairState {
  const side = Object.fromEntries(
    Object.entries({ ...sideOf(state, userId), ...change }).filter(([, value]) => value !== undefined),
  );
  return { ...state, sides: { ...state.sides, [userId]: side } };
}
