import { ReplyError } from "../../errors.ts";
import type { ChatId, UserId } from "../../ids.ts";
import type { Clock, Random } from "../../platform.ts";
import type { Method, Params, Result } from "../../requests.ts";
import type { Call, CallId, CallSignalled, CallStream, IceServers, ParticipantId } from "../../schema/call.ts";
import { ClientError } from "../state.ts";
import { uuidV7 } from "../uuid-v7.ts";
import type { JoinedCall } from "./joined-call.ts";
import type { LocalTrack, OpenPeer } from "./peer.ts";

/** Calls that are told of; more at once no person has. */
const KNOWN_MAX = 100;
/** Signals that came before the answer which says that this device is in. */
const EARLY_MAX = 64;
/** An answer that did not come may come for who asks again. */
const ASK_AGAIN_MS = 2_000;

export interface CallsOptions {
  /** How connections are made; asked for with the first call. */
  readonly openPeer: () => Promise<OpenPeer>;
}

/** What this device brings into a call. */
export interface OwnMedia {
  readonly streams: readonly CallStream[];
  readonly tracks: readonly LocalTrack[];
}

export interface CallBegin extends OwnMedia {
  readonly chatId: ChatId;
  readonly video: boolean;
  /** In a group: who is rung. */
  readonly invited?: readonly UserId[];
}

export interface CallsParts {
  readonly options: CallsOptions | null;
  readonly clock: Clock;
  readonly random: Random;
  serverNow(): number;
  isOnline(): boolean;
  /** Waits for a connection. */
  request<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
  /** Over the present connection only. */
  requestNow<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
  changed(call: Call): void;
  gone(callId: CallId): void;
  warning(what: string): void;
}

/** What an app may do with calls. The states of calls come as the event `call`. */
export interface ClientCalls {
  /** Those that ring or go on in the user's chats. */
  readonly known: readonly Call[];
  readonly joined: readonly JoinedCall[];
  /** Rings the other person, or `invited`; joins the call that the chat has, if it has one. Throws the refusal. */
  start(begin: CallBegin): Promise<JoinedCall>;
  /** Accepts a call, or joins one that goes on. */
  join(callId: CallId, own: OwnMedia): Promise<JoinedCall>;
  refuse(callId: CallId, why: "refused" | "busy"): Promise<void>;
  /** This device rings. */
  ringing(callId: CallId): void;
}

/** All calls that this client knows of. Of two states of one call the one with the higher version counts. */
export class Calls implements ClientCalls {
  readonly #parts: CallsParts;
  readonly #known = new Map<CallId, Call>();
  /** Ended ones: what is told of them late does not bring them back. */
  readonly #over = new Set<CallId>();
  readonly #joined = new Map<ParticipantId, JoinedCall>();
  /** Places that are being taken. */
  readonly #joining = new Map<ParticipantId, CallSignalled[]>();
  readonly #asked = new Map<CallId, number>();
  #life = 0;
  #stopListing: () => void = () => {};

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  get known(): readonly Call[] {
    return [...this.#known.values()];
  }

  get joined(): readonly JoinedCall[] {
    return [...this.#joined.values()];
  }

  async start({ chatId, video, invited, ...own }: CallBegin): Promise<JoinedCall> {
    const callId = this.#newId();
    const entered = await this.#enter(own, (participantId) =>
      this.#parts.request("call.start", {
        ...{ callId, participantId, chatId, video, streams: [...own.streams] },
        ...(invited === undefined ? {} : { invited: [...invited] }),
      }),
    );
    // The chat may have a call already: nobody was rung then, and this device is not in it yet.
    return "participantId" in entered ? entered : this.join(entered.callId, own);
  }

  async join(callId: CallId, own: OwnMedia): Promise<JoinedCall> {
    const entered = await this.#enter(own, (participantId) =>
      this.#parts.request("call.join", { callId, participantId, streams: [...own.streams] }),
    );
    if ("participantId" in entered) return entered;
    throw new ReplyError("NOT_IN_CALL");
  }

  async refuse(callId: CallId, why: "refused" | "busy"): Promise<void> {
    await this.#parts.request("call.refuse", { callId, why });
  }

  ringing(callId: CallId): void {
    this.#parts.requestNow("call.ringing", { callId }).catch(() => {});
  }

  // --- what the server tells

  learn(call: Call): void {
    const { callId, version } = call;
    const known = this.#known.get(callId);
    if (this.#over.has(callId) || (known !== undefined && known.version >= version)) return;
    if (call.state === "ended") this.#end(callId);
    else if (known !== undefined || this.#known.size < KNOWN_MAX) this.#known.set(callId, call);
    else return;
    for (const joined of this.joined) if (joined.callId === callId) joined.apply(call);
    if (known !== undefined || call.state !== "ended") this.#parts.changed(call);
  }

  signalled(signalled: CallSignalled): void {
    const joining = this.#joining.get(signalled.to);
    const joined = this.#joined.get(signalled.to);
    if (joined !== undefined) {
      if (joined.callId === signalled.callId) joined.receive(signalled);
    } else if (joining !== undefined && joining.length < EARLY_MAX) joining.push(signalled);
  }

  online(): void {
    for (const joined of this.joined) joined.online();
    this.refresh();
  }

  /** Something may have been missed. */
  refresh(): void {
    void this.#list();
  }

  /** The store has lost its tail: what it says now counts, be it older than what is known. */
  doubt(): void {
    this.#over.clear();
    for (const [callId, call] of this.#known) this.#known.set(callId, { ...call, version: 0 });
    for (const joined of this.joined) joined.doubt();
    this.refresh();
  }

  /** Another person, or nobody, is signed in now. */
  clear(): void {
    this.#life += 1;
    this.#stopListing();
    for (const joined of this.joined) joined.drop();
    this.#joining.clear();
    this.#over.clear();
    for (const callId of this.#known.keys()) this.#forget(callId);
  }

  /** A place in a call; or the call, where the answer is about one that this device has no place in. */
  async #enter(
    own: OwnMedia,
    ask: (participantId: ParticipantId) => Promise<{ call: Call; ice: IceServers }>,
  ): Promise<JoinedCall | Call> {
    const { options } = this.#parts;
    if (options === null) throw new ClientError("invalidParams", "NO_CALLS");
    const life = this.#life;
    const participantId = this.#newId();
    const early: CallSignalled[] = [];
    this.#joining.set(participantId, early);
    try {
      // The code that makes connections is of no use without a call.
      const coming = Promise.all([import("./joined-call.ts"), options.openPeer()]);
      const [{ call: answered, ice }, [{ JoinedCall }, openPeer]] = await Promise.all([ask(participantId), coming]);
      if (life !== this.#life) throw new ClientError("notSignedIn");
      this.learn(answered);
      if (answered.participants.every((participant) => participant.participantId !== participantId)) return answered;
      const known = this.#known.get(answered.callId);
      const call = known !== undefined && known.version > answered.version ? known : answered;
      const streams = [...own.streams];
      const joined = new JoinedCall(this.#partsOf(participantId, openPeer), { call, ice, tracks: own.tracks, streams });
      if (joined.end === null) this.#joined.set(participantId, joined);
      for (const signalled of early) this.signalled(signalled);
      return joined;
    } finally {
      this.#joining.delete(participantId);
    }
  }

  #partsOf(participantId: ParticipantId, openPeer: OpenPeer) {
    const { clock, random, serverNow, isOnline, requestNow } = this.#parts;
    return {
      ...{ clock, random, serverNow, isOnline, openPeer, participantId },
      request: requestNow,
      sentOf,
      learn: (call: Call) => this.learn(call),
      behind: (callId: CallId, version: number) => void this.#ask(callId, version),
      left: () => void this.#joined.delete(participantId),
      failed: (error: unknown) => this.#parts.warning(`call: ${String(error)}`),
    };
  }

  /** After a connect: what was missed, and whether what is known is still so. */
  async #list(): Promise<void> {
    this.#stopListing();
    const life = this.#life;
    try {
      const { calls } = await this.#parts.requestNow("call.list", {});
      if (life !== this.#life) return;
      for (const call of calls) this.learn(call);
      // Also those that began meanwhile: until the server answers, not all that it tells of a chat has to arrive.
      for (const { callId, version } of this.known) {
        if (calls.every((call) => call.callId !== callId)) void this.#ask(callId, version);
      }
    } catch (error) {
      // An older server, where nobody calls.
      if (error instanceof ReplyError && error.name === "METHOD_NOT_FOUND") return;
      if (sentOf(error) === "refused") this.#parts.warning(`calls: ${String(error)}`);
      // After the next connect it is asked anyway.
      else if (this.#parts.isOnline()) {
        this.#stopListing = this.#parts.clock.after(ASK_AGAIN_MS, () => void this.#list());
      }
    }
  }

  /** There is a newer state, or this one is doubted. One question at a time. */
  async #ask(callId: CallId, version: number): Promise<void> {
    const asked = this.#asked.get(callId);
    this.#asked.set(callId, Math.max(version, asked ?? 0));
    if (asked !== undefined) return;
    const life = this.#life;
    try {
      const { call } = await this.#parts.requestNow("call.get", { callId });
      if (life === this.#life) this.learn(call);
    } catch (error) {
      if (life !== this.#life) return;
      if (sentOf(error) === "refused") {
        for (const joined of this.joined) if (joined.callId === callId) joined.lose();
        this.#forget(callId);
      } else if (this.#parts.isOnline()) {
        this.#parts.clock.after(ASK_AGAIN_MS, () => void this.#ask(callId, version));
      }
    } finally {
      this.#asked.delete(callId);
    }
  }

  #end(callId: CallId): void {
    this.#known.delete(callId);
    this.#over.add(callId);
    const [oldest] = this.#over;
    if (oldest !== undefined && this.#over.size > KNOWN_MAX) this.#over.delete(oldest);
  }

  #forget(callId: CallId): void {
    if (this.#known.delete(callId)) this.#parts.gone(callId);
  }

  #newId(): string {
    return uuidV7(this.#parts.serverNow(), this.#parts.random);
  }
}

/** A refusal is for good unless the table says otherwise; everything else may have arrived or not. */
function sentOf(error: unknown): "lost" | "refused" {
  return error instanceof ReplyError && !error.retry ? "refused" : "lost";
}
