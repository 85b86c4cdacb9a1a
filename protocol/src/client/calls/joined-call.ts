import type { UserId } from "../../ids.ts";
import { CALL_KEEP_MS, CALL_LOST_MS } from "../../limits.ts";
import type { Clock, Random } from "../../platform.ts";
import type { Method, Params, Result } from "../../requests.ts";
import type { Call, CallId, CallSignalled, CallStream, IceServers, ParticipantId } from "../../schema/call.ts";
import { CallLink } from "./call-link.ts";
import { NamedTimers } from "./named-timers.ts";
import type { SignalSent } from "./outgoing-signals.ts";
import type { LocalTrack, OpenPeer } from "./peer.ts";

/** Credentials of relays are renewed so long before they end: a connection that breaks then finds good ones. */
const RENEW_BEFORE_MS = 60_000;
/** What failed for want of an answer is tried again after this. */
const RETRY_MS = 2_000;
/** A hang-up is said again until the server has missed this device anyway. */
const LEAVE_TRIES = Math.ceil(CALL_LOST_MS / RETRY_MS);
/** Signals of participants that are not known yet: their joining is about to be told. */
const EARLY_MAX = 64;

export interface JoinedCallParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly openPeer: OpenPeer;
  readonly participantId: ParticipantId;
  serverNow(): number;
  isOnline(): boolean;
  /** Over the present connection only. */
  request<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
  /** What the error means for who tries again. */
  sentOf(error: unknown): Exclude<SignalSent, "taken">;
  /** A newer state of the call came in an answer. */
  learn(call: Call): void;
  /** The version that the server has; what is older here is asked for. */
  behind(callId: CallId, version: number): void;
  left(call: JoinedCall): void;
  failed(error: unknown): void;
}

/** Why a call is over for this device. `lost`: the server had not heard of it for too long. */
export type CallEnd = "left" | "over" | "lost";

/** A call that this device is in: keeps its place in it, and a link to each of the others. */
export class JoinedCall {
  readonly participantId: ParticipantId;
  readonly #parts: JoinedCallParts;
  readonly #timers: NamedTimers<"keep" | "renew" | "streams">;
  readonly #links = new Map<ParticipantId, CallLink>();
  readonly #listeners = new Set<() => void>();
  #call: Call;
  #ice: IceServers;
  /** Those whom the present `relayOnly` takes into account. */
  #iceFor: ReadonlySet<UserId>;
  #tracks: readonly LocalTrack[];
  #streams: readonly CallStream[];
  #told: readonly CallStream[];
  #early: CallSignalled[] = [];
  #end: CallEnd | null = null;
  #telling = false;
  #renewing = false;

  constructor(
    parts: JoinedCallParts,
    {
      call,
      ice,
      tracks,
      streams,
    }: { call: Call; ice: IceServers; tracks: readonly LocalTrack[]; streams: CallStream[] },
  ) {
    this.#parts = parts;
    this.participantId = parts.participantId;
    this.#call = call;
    this.#ice = ice;
    this.#iceFor = peopleOf(call);
    this.#tracks = tracks;
    this.#streams = streams;
    this.#told = streams;
    this.#timers = new NamedTimers(parts.clock);
    this.#keepSoon();
    this.#renewInTime();
    this.apply(call);
  }

  get callId(): CallId {
    return this.#call.callId;
  }

  get call(): Call {
    return this.#call;
  }

  get relayOnly(): boolean {
    return this.#ice.relayOnly;
  }

  get links(): readonly CallLink[] {
    return [...this.#links.values()];
  }

  link(participantId: ParticipantId): CallLink | undefined {
    return this.#links.get(participantId);
  }

  /** Null while it goes on. */
  get end(): CallEnd | null {
    return this.#end;
  }

  /** `listener` is called whenever something here has changed. The answer ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What this device sends; takes the place of what it sent before, also with those who join later. */
  setTracks(tracks: readonly LocalTrack[]): void {
    this.#tracks = tracks;
    for (const link of this.#links.values()) link.setTracks(tracks);
  }

  /** What the others are told of it; the newest counts, and is repeated until the server has it. */
  setStreams(streams: readonly CallStream[]): void {
    this.#streams = streams;
    void this.#tellStreams();
  }

  async invite(userIds: readonly UserId[]): Promise<void> {
    const { callId, participantId } = this;
    const { call } = await this.#parts.request("call.invite", { callId, participantId, invited: [...userIds] });
    this.#parts.learn(call);
  }

  /** Hangs up. It is over here at once; the server is told as soon as it can be. */
  leave(): void {
    if (this.#end !== null) return;
    this.#finish("left");
    void this.#sayLeft();
  }

  /** The call is this now. */
  apply(call: Call): void {
    if (this.#end !== null || call.version < this.#call.version) return;
    this.#call = call;
    const isIn = call.participants.some(({ participantId }) => participantId === this.participantId);
    if (call.state === "ended") return this.#finish("over");
    if (!isIn) return this.#finish("lost");
    this.#linkAll();
    this.#changed();
  }

  receive(signalled: CallSignalled): void {
    if (this.#end !== null) return;
    const link = this.#links.get(signalled.from);
    if (link !== undefined) link.receive(signalled);
    else if (this.#early.length < EARLY_MAX) {
      this.#early.push(signalled);
      this.#parts.behind(this.callId, this.#call.version + 1);
    }
  }

  /** Whatever the server says next counts. */
  doubt(): void {
    this.#call = { ...this.#call, version: 0 };
  }

  online(): void {
    void this.#keep();
    void this.#tellStreams();
    for (const link of this.#links.values()) link.online();
    this.#renewInTime();
  }

  /** It is over, wherever it stands: the person is signed out. */
  drop(): void {
    this.#finish("left");
  }

  /** The server does not know the call, or this place in it. */
  lose(): void {
    this.#finish("lost");
  }

  #linkAll(): void {
    const { participants } = this.#call;
    const ids = new Set(participants.map(({ participantId }) => participantId));
    for (const [participantId, link] of this.#links) {
      if (ids.has(participantId)) continue;
      link.close();
      this.#links.delete(participantId);
    }
    const own = participants.find(({ participantId }) => participantId === this.participantId);
    if (own === undefined) return;
    for (const participant of participants) {
      const { participantId: other, userId, joinedAt } = participant;
      if (participant === own || this.#links.has(other)) continue;
      // The addresses of this device are for those alone whom the server has looked at.
      if (!this.#iceFor.has(userId)) {
        void this.#renew();
        continue;
      }
      const first = own.joinedAt < joinedAt || (own.joinedAt === joinedAt && own.participantId < other);
      this.#links.set(other, this.#newLink(other, first));
    }
    this.#flushEarly();
  }

  #newLink(other: ParticipantId, first: boolean): CallLink {
    const { clock, random, openPeer, isOnline } = this.#parts;
    const { callId, participantId: own } = this;
    return new CallLink(
      {
        ...{ clock, random, openPeer, own, other, first, isOnline },
        send: (signal) =>
          this.#parts.request("call.signal", { callId, from: own, to: other, ...signal }).then(
            () => "taken" as const,
            (error: unknown) => this.#parts.sentOf(error),
          ),
        changed: () => this.#changed(),
      },
      this.#ice,
      this.#tracks,
    );
  }

  #flushEarly(): void {
    const early = this.#early;
    this.#early = early.filter(({ from }) => !this.#links.has(from));
    for (const signalled of early) this.#links.get(signalled.from)?.receive(signalled);
  }

  #keepSoon(): void {
    this.#timers.start("keep", CALL_KEEP_MS, () => void this.#keep());
  }

  async #keep(): Promise<void> {
    if (this.#end !== null) return;
    this.#keepSoon();
    if (!this.#parts.isOnline()) return;
    try {
      const { callId, participantId } = this;
      const { version } = await this.#parts.request("call.keep", { callId, participantId });
      if (this.#end === null && version > this.#call.version) this.#parts.behind(callId, version);
    } catch (error) {
      if (this.#end === null && this.#parts.sentOf(error) === "refused")
        this.#parts.behind(this.callId, this.#call.version);
    }
  }

  async #tellStreams(): Promise<void> {
    if (this.#telling || this.#end !== null || this.#told === this.#streams || !this.#parts.isOnline()) return;
    this.#telling = true;
    const { callId, participantId } = this;
    const streams = this.#streams;
    let again = 0;
    try {
      await this.#parts.request("call.setStreams", { callId, participantId, streams: [...streams] });
      this.#told = streams;
    } catch (error) {
      if (this.#parts.sentOf(error) === "refused") this.#told = streams;
      else again = RETRY_MS;
    }
    this.#telling = false;
    if (this.#end === null && this.#told !== this.#streams) {
      this.#timers.start("streams", again, () => void this.#tellStreams());
    }
  }

  #renewInTime(): void {
    const leftMs = this.#ice.expiresAt - this.#parts.serverNow() - RENEW_BEFORE_MS;
    if (this.#ice.servers.length > 0) this.#timers.start("renew", Math.max(RETRY_MS, leftMs), () => void this.#renew());
  }

  async #renew(): Promise<void> {
    if (this.#renewing || this.#end !== null || !this.#parts.isOnline()) return;
    this.#renewing = true;
    const asked = peopleOf(this.#call);
    try {
      const { ice } = await this.#parts.request("call.ice", { callId: this.callId, participantId: this.participantId });
      this.#ice = ice;
      this.#iceFor = asked;
      for (const link of this.#links.values()) link.configure(ice);
      this.#renewInTime();
    } catch {
      this.#timers.start("renew", RETRY_MS, () => void this.#renew());
    }
    this.#renewing = false;
    if (this.#end !== null) return;
    this.#linkAll();
    this.#changed();
  }

  async #sayLeft(tries = LEAVE_TRIES): Promise<void> {
    const { callId, participantId } = this;
    try {
      await this.#parts.request("call.leave", { callId, participantId });
    } catch (error) {
      // Who says nothing more is out after a while; till then somebody would wait for them in vain.
      if (this.#parts.sentOf(error) === "refused" || tries <= 1) return;
      this.#timers.start("keep", RETRY_MS, () => void this.#sayLeft(tries - 1));
    }
  }

  #finish(end: CallEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#timers.stopAll();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    this.#parts.left(this);
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.#parts.failed(error);
      }
    }
  }
}

function peopleOf({ participants, invited }: Call): ReadonlySet<UserId> {
  return new Set([...participants, ...invited].map(({ userId }) => userId));
}
