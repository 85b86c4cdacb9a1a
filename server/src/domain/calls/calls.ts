import {
  type Call,
  type CallFact,
  type CallId,
  type CallState,
  type ChatId,
  type Clock,
  limits,
  type Params,
  type ParticipantId,
  type Random,
  ReplyError,
  type Result,
  refusalOf,
  type UserId,
} from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import { metrics } from "../../metrics.ts";
import { expireCall, listCall } from "../../records/call-record.ts";
import { readChatInfo } from "../../records/chat-info.ts";
import { callKept, callKey, directChat, userCalls } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { requireVoice } from "../chats/write-rules.ts";
import { newUuid } from "../ids.ts";
import { type CallAccess, isOwn } from "./call-access.ts";
import { type CallBudget, CHANGE_COST } from "./call-budget.ts";
import type { CallChanges } from "./call-changes.ts";
import type { CallWatch } from "./call-watch.ts";
import type { Callees } from "./callees.ts";
import { BEGIN_MS, type ChatCalls, type ReadCalls } from "./chat-calls.ts";
import { type Ice, type IceFor, peopleOf } from "./ice.ts";
import type { KnownCalls } from "./known-calls.ts";

export interface CallsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly known: KnownCalls;
  readonly chatCalls: ChatCalls;
  readonly callees: Callees;
  readonly access: CallAccess;
  readonly changes: CallChanges;
  readonly watch: CallWatch;
  readonly ice: Ice;
  readonly budget: CallBudget;
}

type Joined = Result<"call.start">;

/** What a person does with calls. A call is what its facts say; each method adds one, or finds that it is there. */
export class Calls {
  readonly #parts: CallsParts;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  async start(session: Session, params: Params<"call.start">): Promise<Joined> {
    const { known, chatCalls, callees, watch, ice, budget } = this.#parts;
    const { callId, chatId, participantId, invited } = params;
    const { userId } = session;
    budget.spend(userId, CHANGE_COST);
    const asking = { callId, chatId, by: userId, invited };
    // All that is read goes at once; what is refused counts for a call that is new.
    const looking = Promise.all([callees.find(asking), chatCalls.look(chatId)]);
    looking.catch(() => {});
    const before = await known.fresh(callId);
    if (before !== null) return this.#again(session, params, before);
    const [{ userIds, busy }, look] = await looking;
    for (let first: typeof look | undefined = look; ; first = undefined) {
      const calls = await chatCalls.read(chatId, callId, first);
      if (calls.going !== null) return this.#joined(userId, calls.going.call);
      const watchedAt = this.#parts.clock.monotonic();
      const [rung, early] = await Promise.all([
        callees.ring(userIds, asking),
        ice.of(userId, new Set([...userIds, userId])),
        watch.begin({ callId, chatId }),
      ]);
      const began = await this.#begin(session, params, calls, { rung, busy }, watchedAt);
      if (began !== null) {
        metrics.callsBegun.add();
        if (!began.seen) await this.#refuseToStay(began.state, participantId);
        return this.#joined(userId, began.state.call, early);
      }
      // Another call was faster, or this one, if it was asked for twice at once: nothing is undone, the look sees to it.
      const other = await known.fresh(callId);
      if (other !== null) return this.#again(session, { callId, chatId, participantId }, other);
    }
  }

  async invite(session: Session, { callId, participantId, invited }: Params<"call.invite">): Promise<{ call: Call }> {
    const { clock, access, callees, changes, budget } = this.#parts;
    const { call } = await access.ofParticipant(session, callId, participantId);
    const { chatId } = call;
    const asking = { callId, chatId, by: session.userId, invited };
    const isThere = (userId: UserId) => call.participants.some((one) => one.userId === userId) || isRung(call, userId);
    const { userIds, busy } = await callees.find(asking);
    const found = userIds.filter((userId) => !isThere(userId));
    if (found.length === 0) return { call };
    const known = found.filter((userId) => call.invited.some((one) => one.userId === userId));
    if (call.invited.length + found.length - known.length > limits.CALL_PEOPLE_MAX) {
      throw new ReplyError("LIMIT_REACHED");
    }
    budget.spend(session.userId, CHANGE_COST);
    const rung = await callees.ring(found, asking);
    const fact: CallFact = { kind: "invited", by: participantId, userIds: rung, busy, at: clock.now() };
    return { call: (await changes.add(callId, fact)).call };
  }

  async ringing({ userId }: Session, callId: CallId): Promise<void> {
    const { clock, access, changes } = this.#parts;
    const fact: CallFact = { kind: "rang", userId, at: clock.now() };
    // A second device rings, or it is over: nothing is to be told.
    if ((await access.forFact(userId, callId, fact)).refusal === null) await changes.add(callId, fact);
  }

  async join(session: Session, { callId, participantId, streams }: Params<"call.join">): Promise<Joined> {
    const { store, clock, access, changes, ice, budget } = this.#parts;
    const { userId, deviceId } = session;
    const at = clock.now();
    const fact: CallFact = { kind: "joined", userId, deviceId, participantId, streams, at };
    const { state, member, refusal } = await access.forFact(userId, callId, fact);
    const { chatId, caller } = state.call;
    if (state.devices.has(participantId) && !isOwn(state, session, participantId)) throw new ReplyError("NOT_IN_CALL");
    const isAsked = userId === caller || state.call.invited.some((one) => one.userId === userId);
    if (!isAsked) requireVoice(member, await readChatInfo(store, chatId), at);
    if (refusal !== null && refusal !== "unchanged") throw new ReplyError(refusal);
    budget.spend(userId, CHANGE_COST);
    const [{ state: after, seen: mayStay }, early] = await Promise.all([
      changes.addAndLook(callId, fact, () => access.mayStay(chatId, userId)),
      ice.of(userId, peopleOf(state.call).add(userId)),
      refusal === null ? store.hashSet(userCalls(userId), callId, String(at)) : null,
    ]);
    if (!isOwn(after, session, participantId)) throw new ReplyError(refusalName(after, fact));
    if (!mayStay) await this.#refuseToStay(after, participantId);
    return this.#joined(userId, after.call, early);
  }

  async refuse({ userId }: Session, { callId, why }: Params<"call.refuse">): Promise<void> {
    const { clock, access, changes } = this.#parts;
    const fact: CallFact = { kind: "refused", userId, why, at: clock.now() };
    if ((await access.forFact(userId, callId, fact)).refusal === null) await changes.addForPerson(callId, fact);
  }

  async leave(session: Session, { callId, participantId }: Params<"call.leave">): Promise<void> {
    const { clock, known, access, changes } = this.#parts;
    const state = await known.about(callId);
    // Somebody who left leaves again; where this node knows less it asks.
    if (!isOwn(state, session, participantId)) {
      const fresh = await known.fresh(callId);
      if (!isOwn(fresh, session, participantId)) {
        await access.ofMember(session.userId, callId);
        throw new ReplyError("NOT_IN_CALL");
      }
    }
    await changes.addForPerson(callId, { kind: "left", participantId, at: clock.now() });
  }

  async setStreams(session: Session, { callId, participantId, streams }: Params<"call.setStreams">): Promise<void> {
    const { clock, access, changes, budget } = this.#parts;
    const ids = new Set(streams.map(({ streamId }) => streamId));
    if (ids.size < streams.length) throw new ReplyError("INVALID_PARAMS", { message: "Streams have different ids" });
    const { call } = await access.ofParticipant(session, callId, participantId);
    const now = call.participants.find((one) => one.participantId === participantId);
    if (JSON.stringify(now?.streams) === JSON.stringify(streams)) return;
    budget.spend(session.userId, CHANGE_COST);
    await changes.add(callId, { kind: "streams", participantId, streams, at: clock.now() });
  }

  async keep(session: Session, { callId, participantId }: Params<"call.keep">): Promise<number> {
    const { store, clock, known, access } = this.#parts;
    await access.ofParticipant(session, callId, participantId);
    const [, length] = await Promise.all([
      store.hashSet(callKept(callId), participantId, String(clock.now())),
      store.listLength(callKey(callId)),
    ]);
    if (length === known.lengthOf(callId)) return length;
    if (length < known.lengthOf(callId)) known.drop(callId);
    await known.fresh(callId);
    try {
      return (await access.ofParticipant(session, callId, participantId)).call.version;
    } catch (error) {
      // Whoever ended it may have been here before: what was written above must not stay for ever.
      await expireCall(store, callId);
      throw error;
    }
  }

  async get({ userId }: Session, callId: CallId): Promise<{ call: Call }> {
    const { state } = await this.#parts.access.ofMember(userId, callId);
    return { call: state.call };
  }

  async iceFor(session: Session, { callId, participantId }: Params<"call.ice">): Promise<Pick<Joined, "ice">> {
    const { access, ice } = this.#parts;
    const { call } = await access.ofParticipant(session, callId, participantId);
    return { ice: (await ice.of(session.userId, peopleOf(call))).ice };
  }

  /** Somebody is no member of the chat any more: neither is a device of theirs in its call. Idempotent. */
  async memberGone(chatId: ChatId, userId: UserId): Promise<void> {
    await this.#takeOut(chatId, (id) => id === userId);
  }

  /** The same for everybody. */
  async chatGone(chatId: ChatId): Promise<void> {
    await this.#takeOut(chatId, () => true);
  }

  /** One of the two has blocked the other, who hears it as if they had hung up. Idempotent. */
  async parted(by: UserId, other: UserId): Promise<void> {
    const chatId = await this.#parts.store.get(directChat(by, other));
    if (chatId !== null) await this.#takeOut(chatId, (id) => id === by);
  }

  /** The device is signed out: others need not wait until it is missed. Idempotent. */
  async deviceGone({ userId, deviceId }: Pick<Session, "userId" | "deviceId">): Promise<void> {
    const { store, clock, known, changes } = this.#parts;
    for (const callId of Object.keys(await store.hashGetAll(userCalls(userId)))) {
      const state = await known.fresh(callId);
      for (const { participantId } of state?.call.participants ?? []) {
        if (state?.devices.get(participantId)?.deviceId !== deviceId) continue;
        await changes.add(callId, { kind: "left", participantId, at: clock.now() });
      }
    }
  }

  async #takeOut(chatId: ChatId, isGone: (userId: UserId) => boolean): Promise<void> {
    const { clock, chatCalls, changes } = this.#parts;
    const going = await chatCalls.going(chatId);
    if (going === null) return;
    const { callId, participants, invited } = going.call;
    const at = clock.now();
    const rung = invited.filter(({ userId }) => isGone(userId) && isRung(going.call, userId));
    const present = participants.filter(({ userId }) => isGone(userId));
    const facts: CallFact[] = [
      ...rung.map(({ userId }): CallFact => ({ kind: "refused", userId, why: "refused", at })),
      ...present.map(({ participantId }): CallFact => ({ kind: "left", participantId, at })),
    ];
    for (const fact of facts) {
      await changes.add(callId, fact).catch((error: unknown) => {
        // It ended by itself, or by the fact before.
        if (!(error instanceof ReplyError)) throw error;
      });
    }
  }

  /** Removed or blocked meanwhile, by somebody who found nobody to take out of the call: then they do it themselves. */
  async #refuseToStay({ call }: CallState, participantId: ParticipantId): Promise<never> {
    const { clock, changes } = this.#parts;
    await changes.add(call.callId, { kind: "left", participantId, at: clock.now() });
    throw new ReplyError("CALL_NOT_FOUND");
  }

  /** The first answer once more, unless the id is somebody else's. Told again: perhaps nobody was. */
  async #again(
    session: Session,
    { callId, chatId, participantId }: Pick<Params<"call.start">, "callId" | "chatId" | "participantId">,
    { call, devices, messageId }: CallState,
  ): Promise<Joined> {
    const { clock, changes, access } = this.#parts;
    const isSame =
      call.caller === session.userId && call.chatId === chatId && isOwn({ devices }, session, participantId);
    await access.ofMember(session.userId, callId);
    if (!isSame) throw new ReplyError("CALL_NOT_FOUND");
    const first = { kind: "started", chatId, caller: call.caller, deviceId: session.deviceId, participantId } as const;
    const fact: CallFact = { ...first, video: call.video, streams: [], invited: [], messageId, at: clock.now() };
    return this.#joined(session.userId, (await changes.add(callId, fact)).call);
  }

  /** Null: another call has the chat. `seen`: the caller may stay in it. */
  async #begin(
    { userId, deviceId }: Session,
    { callId, chatId, participantId, video, streams }: Params<"call.start">,
    calls: ReadCalls,
    { rung, busy }: { rung: readonly UserId[]; busy: readonly UserId[] },
    watchedAt: number,
  ): Promise<{ readonly state: CallState; readonly seen: boolean } | null> {
    const { store, clock, random, chatCalls, access, changes, watch } = this.#parts;
    // After a pause of this node the look after the call may be over, and have found nothing.
    const watchIfLate = async () => {
      if (clock.monotonic() - watchedAt > BEGIN_MS) await watch.begin({ callId, chatId });
    };
    const [takenAt, at] = [clock.monotonic(), clock.now()];
    const [isTaken] = await Promise.all([
      chatCalls.take(chatId, callId, calls),
      listCall(store, { chatId, callId }, at),
      store.hashSet(userCalls(userId), callId, String(at)),
      chatCalls.tidy(chatId, calls),
    ]);
    await watchIfLate();
    if (!isTaken) return null;
    // By the time that it arrives somebody else may have taken the chat.
    if (clock.monotonic() - takenAt > BEGIN_MS) throw new ReplyError("CONFLICT", { retryAfterMs: BEGIN_MS });
    const messageId = newUuid(at, random);
    const fact = {
      chatId,
      caller: userId,
      deviceId,
      participantId,
      video,
      streams,
      invited: rung,
      busy,
      messageId,
      at,
    };
    const began = await changes.addAndLook(callId, { kind: "started", ...fact }, () => access.mayStay(chatId, userId));
    await watchIfLate();
    return began;
  }

  /** `early` counts unless others than those were in the call, or asked in, when it was changed. */
  async #joined(userId: UserId, call: Call, early?: IceFor): Promise<Joined> {
    const people = peopleOf(call);
    const isSame = early?.people.size === people.size && [...people].every((one) => early.people.has(one));
    return { call, ice: isSame ? early.ice : (await this.#parts.ice.of(userId, people)).ice };
  }
}

function isRung({ invited }: Call, userId: UserId): boolean {
  const state = invited.find((one) => one.userId === userId)?.state;
  return state === "calling" || state === "ringing";
}

/** Of a fact that was too late. */
function refusalName(state: CallState, fact: CallFact): Exclude<ReturnType<typeof refusalOf>, "unchanged" | null> {
  const refusal = refusalOf(state, fact);
  return refusal === null || refusal === "unchanged" ? "NOT_IN_CALL" : refusal;
}
