import type { Call, CallId, ChatId, Clock, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observable, observableRef, reaction, runInAction } from "mobx";
import type { Chat } from "../chat.ts";
import type { Chats } from "../chats.ts";
import type { Notices } from "../notices.ts";
import type { People } from "../people.ts";
import type { QuickShelf } from "../shelf.ts";
import type { Talk } from "../talk.ts";
import type { CallDevice, MediaPermission } from "./call-device.ts";
import { type CallPlan, CurrentCall } from "./current-call.ts";
import type { DeviceChoices } from "./own-media.ts";

/** Others that can be rung in a group at once: with the caller a call is full. */
export const RUNG_MAX = limits.CALL_PARTICIPANTS_MAX - 1;

/** After the time for which the server rings. */
const LATE_MS = 5_000;

export interface CallsParts {
  readonly talk: Talk;
  readonly chats: Chats;
  readonly people: People;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly device: CallDevice;
  readonly choices: QuickShelf<DeviceChoices>;
}

/** All calls that concern the person: what rings, what goes on, and the one that this device is in. */
export class Calls {
  current: CurrentCall | null = null;
  readonly #known = observable.map<CallId, Call>(undefined, { deep: false });
  /** Declined, and the server's word follows; or not to be seen here. */
  readonly #silenced = observable.set<CallId>();
  readonly #rung = new Set<CallId>();
  /** Ends the wait for the end of ringing. */
  readonly #timed = new Map<CallId, () => void>();
  readonly #parts: CallsParts;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    makeAutoObservable(this, { current: observableRef });
    for (const call of parts.talk.calls.known) this.apply(call);
    // It rings, and stops, with what it says on the screen.
    let hush: (() => void) | null = null;
    reaction(
      () => this.sound,
      (tone) => {
        hush?.();
        hush = tone === null ? null : parts.device.ring(tone);
      },
      { fireImmediately: true },
    );
    reaction(
      () => this.incoming,
      (call, before) => {
        if (before != null && before.callId !== call?.callId) parts.notices.stopRing(before.chatId);
        if (call === null) return;
        this.#stopInTime(call);
        this.#ring(call);
      },
      { fireImmediately: true },
    );
  }

  /** What rings for the person now; the one that began first. */
  get incoming(): Call | null {
    const me = this.#parts.talk.userId;
    const ringing = [...this.#known.values()].filter(
      (call) => !this.#silenced.has(call.callId) && this.current?.plan.chatId !== call.chatId && isRungFor(call, me),
    );
    return ringing.sort((a, b) => a.startedAt - b.startedAt)[0] ?? null;
  }

  /** The call of a chat that the person could join. */
  inChat(chatId: ChatId): Call | null {
    const me = this.#parts.talk.userId;
    if (this.current?.plan.chatId === chatId) return null;
    const call = [...this.#known.values()].find((one) => one.chatId === chatId && one.state === "active");
    if (call === undefined || isRungFor(call, me)) return null;
    // Another tab or device of the person's is in it.
    return call.participants.some(({ userId }) => userId === me) ? null : call;
  }

  /** What is heard of it, in one tab only. */
  get sound(): "incoming" | "outgoing" | null {
    const { current, incoming } = this;
    if (current !== null) return current.phase === "ringing" || current.phase === "calling" ? "outgoing" : null;
    if (incoming === null || !this.#parts.talk.leads || !this.#parts.notices.mayRing) return null;
    const chat = this.#parts.chats.get(incoming.chatId);
    return chat?.own.isMuted(this.#parts.clock.now()) === true ? null : "incoming";
  }

  /** Somebody looks at the devices: the one of the call, or one of its own. */
  get device(): CallDevice {
    return this.#parts.device;
  }

  get choices(): QuickShelf<DeviceChoices> {
    return this.#parts.choices;
  }

  apply(call: Call): void {
    this.#parts.people.want(peopleOf(call));
    if (call.state === "ended") return this.remove(call.callId);
    this.#known.set(call.callId, call);
    if (!isRungFor(call, this.#parts.talk.userId)) this.#settle(call.callId);
  }

  remove(callId: CallId): void {
    this.#known.delete(callId);
    this.#settle(callId);
  }

  /** Rings the other one, or some of a group. */
  async begin(chat: Chat, video: boolean): Promise<void> {
    const { chatId } = chat;
    if (this.current !== null) return this.current.minimise(false);
    if (!chat.isGroup) return this.#open({ name: "begin", chatId, video }, false);
    await chat.members.load();
    const others = chat.members.userIds.filter((userId) => userId !== this.#parts.talk.userId);
    await this.#open({ name: "begin", chatId, video, invited: others.slice(0, RUNG_MAX) }, others.length > RUNG_MAX);
  }

  /** Answers, or joins what goes on. */
  async accept({ callId, chatId }: Call, video: boolean): Promise<void> {
    this.current?.hangUp();
    await this.#open({ name: "join", callId, chatId, video }, false);
  }

  async decline({ callId }: Call): Promise<void> {
    this.#silenced.add(callId);
    await this.#parts.talk.calls.refuse(callId, "refused");
  }

  /** Here alone: other devices go on ringing. */
  hide({ callId }: Call): void {
    this.#silenced.add(callId);
  }

  /** Another person, or nobody, is signed in. */
  clear(): void {
    this.current?.close();
    for (const callId of [...this.#known.keys()]) this.remove(callId);
  }

  async #open(plan: CallPlan, choosePeople: boolean): Promise<void> {
    const { talk, clock, device, choices } = this.#parts;
    const current: CurrentCall = new CurrentCall(plan, {
      ...{ talk, clock, device, choices },
      done: () => this.#done(current),
    });
    this.current = current;
    const asked: readonly MediaPermission[] = await Promise.all([
      device.permission("microphone"),
      plan.video ? device.permission("camera") : "granted",
    ]);
    await current.prepare({ ask: choosePeople || asked.some((permission) => permission !== "granted") });
  }

  #done(current: CurrentCall): void {
    if (this.current === current) this.current = null;
  }

  /** The server says when it has rung for long enough; who does not hear it does not ring for ever. */
  #stopInTime({ callId }: Call): void {
    if (this.#timed.has(callId)) return;
    const end = this.#parts.clock.after(limits.CALL_RING_MS + LATE_MS, () => {
      if (this.#known.has(callId)) runInAction(() => this.#silenced.add(callId));
    });
    this.#timed.set(callId, end);
  }

  /** The server has the answer: whoever asks again rings anew. */
  #settle(callId: CallId): void {
    this.#silenced.delete(callId);
    this.#rung.delete(callId);
    this.#timed.get(callId)?.();
    this.#timed.delete(callId);
  }

  /** Says so to who calls, and on the desktop where nobody looks; one tab does. */
  #ring({ callId, chatId, caller, video }: Call): void {
    if (this.#rung.has(callId) || !this.#parts.talk.leads) return;
    this.#rung.add(callId);
    this.#parts.talk.calls.ringing(callId);
    void this.#parts.notices.ring({ chatId, caller, video });
  }
}

function isRungFor({ invited }: Call, me: UserId | null): boolean {
  return invited.some(({ userId, state }) => userId === me && (state === "calling" || state === "ringing"));
}

export function peopleOf({ caller, invited, participants }: Call): UserId[] {
  return [...new Set([caller, ...invited.map(({ userId }) => userId), ...participants.map(({ userId }) => userId)])];
}
