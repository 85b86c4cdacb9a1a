import type { Call, CallId, CallInvited, ChatId, Clock, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import type { JoinedCall, LinkState, LocalTrack } from "@parley/protocol/client";
import { compareStructural, makeAutoObservable, observableRef, reaction, runInAction } from "mobx";
import { type Failure, toFailure } from "../failure.ts";
import type { QuickShelf } from "../shelf.ts";
import type { Talk } from "../talk.ts";
import type { CallDevice } from "./call-device.ts";
import { PictureRule, type Quality, qualityOf } from "./line-quality.ts";
import { type DeviceChoices, OwnMedia } from "./own-media.ts";
import { Speakers } from "./speakers.ts";
import { type Tile, tilesOf } from "./tiles.ts";

/** How often the line is looked at. */
const LOOK_MS = 2_000;
/** How long words about an end stay; those with something to do stay longer. */
const GOODBYE_MS = 2_500;
const WORDS_MS = 12_000;

/** What this device is about to do, or did. */
export type CallPlan =
  | { readonly name: "begin"; readonly chatId: ChatId; readonly video: boolean; readonly invited?: readonly UserId[] }
  | { readonly name: "join"; readonly chatId: ChatId; readonly video: boolean; readonly callId: CallId };

/** Why it is over. */
export type CallEnding =
  | { readonly name: "over"; readonly lengthMs: number }
  /** Nobody took it. */
  | { readonly name: "refused" | "busy" | "missed" | "cancelled" }
  /** The server had not heard of this device for too long. */
  | { readonly name: "lost" }
  | { readonly name: "failed"; readonly failure: Failure };

/**
 * `lobby`: devices are looked at before anything rings. `asking`: the server is asked. `calling`, `ringing`: nobody has
 * answered yet. `talking`: somebody is there, whether connected or not.
 */
export type CallPhase = "lobby" | "asking" | "calling" | "ringing" | "talking" | "ended";

export interface CurrentCallParts {
  readonly talk: Talk;
  readonly clock: Clock;
  readonly device: CallDevice;
  readonly choices: QuickShelf<DeviceChoices>;
  /** It may be taken from the screen. */
  done(): void;
}

/** The call that this device is in, from the wish for it to the words about its end. */
export class CurrentCall {
  readonly plan: CallPlan;
  readonly media: OwnMedia;
  readonly speakers: Speakers;
  minimised = false;
  ending: CallEnding | null = null;
  /** Devices are to be looked at first. */
  inLobby = false;
  /** Whom to ring, where a group is too large to ring all of it. */
  invited: readonly UserId[];
  /** Since when somebody is there, by this device's clock. */
  talkingSince: number | null = null;
  quality: Quality | null = null;
  /** The tile that a person wants to see large. */
  pinned: string | null = null;
  joined: JoinedCall | null = null;
  /** Bumped whenever the library says that something in `joined` has changed. */
  beats = 0;
  #asking = false;
  #closed = false;
  #stopLooking: () => void = () => {};
  readonly #parts: CurrentCallParts;
  readonly #rule = new PictureRule();
  readonly #ends: (() => void)[] = [];

  constructor(plan: CallPlan, parts: CurrentCallParts) {
    this.plan = plan;
    this.#parts = parts;
    this.invited = plan.name === "begin" ? (plan.invited ?? []) : [];
    this.media = new OwnMedia(parts.device, parts.choices);
    this.speakers = new Speakers(parts.device, () => parts.clock.monotonic());
    makeAutoObservable(this, {
      plan: false,
      media: false,
      speakers: false,
      joined: observableRef,
      ending: observableRef,
      invited: observableRef,
    });
  }

  get call(): Call | null {
    return this.#now?.call ?? null;
  }

  get callId(): CallId | null {
    return this.call?.callId ?? (this.plan.name === "join" ? this.plan.callId : null);
  }

  get phase(): CallPhase {
    if (this.ending !== null) return "ended";
    if (this.call === null) return this.inLobby ? "lobby" : "asking";
    if (this.call.state !== "ringing") return "talking";
    return this.call.invited.some(({ state }) => state === "ringing") ? "ringing" : "calling";
  }

  get tiles(): readonly Tile[] {
    const joined = this.#now;
    return joined === null ? [] : tilesOf(joined.call, joined);
  }

  get others(): readonly Tile[] {
    return this.tiles.filter(({ own }) => !own);
  }

  /** Those who are rung and have not answered. */
  get awaited(): readonly UserId[] {
    const invited = this.call?.invited ?? [];
    return invited.filter(({ state }) => state === "calling" || state === "ringing").map(({ userId }) => userId);
  }

  /** Places for people who could be rung now; who is rung already has one. */
  get room(): number {
    const taken = (this.call?.participants.length ?? 0) + this.awaited.length;
    return Math.max(0, limits.CALL_PARTICIPANTS_MAX - taken);
  }

  /** Neither in it nor rung. */
  isAbsent(userId: UserId): boolean {
    return !this.awaited.includes(userId) && this.call?.participants.every((one) => one.userId !== userId) !== false;
  }

  /** What became of asking them before. */
  answerOf(userId: UserId): CallInvited["state"] | null {
    return this.call?.invited.find((one) => one.userId === userId)?.state ?? null;
  }

  /** What is to be said of the connection: the worst of it. */
  get link(): LinkState | null {
    const states = (this.#now?.links ?? []).map(({ state }) => state);
    const order = ["blocked", "reconnecting", "connecting", "connected"] as const;
    for (const name of order) {
      const found = states.filter((state) => state.name === name);
      const relayed = found.find((state) => state.name === "connected" && state.path === "relayed");
      if (found[0] !== undefined) return relayed ?? found[0];
    }
    return null;
  }

  /** Addresses are hidden from the other side. */
  get relayOnly(): boolean {
    return this.#now?.relayOnly ?? false;
  }

  /** Opens what is wanted, and goes on by itself if nothing is in the way. */
  async prepare({ ask }: { ask: boolean }): Promise<void> {
    const { media, plan } = this;
    this.inLobby = ask;
    const [heard] = await Promise.all([media.openMicrophone(), plan.video ? media.openCamera() : true]);
    if (this.#closed) return;
    if (heard && !ask) return this.go();
    runInAction(() => {
      this.inLobby = true;
    });
  }

  /** Whom it will ring for. */
  choose(userIds: readonly UserId[]): void {
    this.invited = userIds;
  }

  /** Rings more people. Throws the refusal. */
  async invite(userIds: readonly UserId[]): Promise<void> {
    await this.joined?.invite(userIds);
  }

  /** Rings, or answers. */
  async go(): Promise<void> {
    if (this.#asking || this.#closed || this.joined !== null) return;
    this.#asking = true;
    this.inLobby = false;
    const { plan, media } = this;
    const { calls } = this.#parts.talk;
    const own = { tracks: media.tracks, streams: media.streams };
    try {
      const joined = await (plan.name === "join"
        ? calls.join(plan.callId, own)
        : calls.start({
            ...{ chatId: plan.chatId, video: plan.video, ...own },
            ...(this.invited.length === 0 ? {} : { invited: this.invited }),
          }));
      if (this.#closed) joined.leave();
      else this.#follow(joined);
    } catch (error) {
      this.#end({ name: "failed", failure: toFailure(error) });
    } finally {
      runInAction(() => {
        this.#asking = false;
      });
    }
  }

  hangUp(): void {
    this.joined?.leave();
    this.close();
  }

  minimise(minimised = true): void {
    this.minimised = minimised && this.phase !== "lobby";
  }

  pin(key: string | null): void {
    this.pinned = key;
  }

  async toggleCamera(): Promise<void> {
    if (this.media.camera !== null) this.media.closeCamera();
    else await this.media.openCamera();
  }

  async toggleScreen(): Promise<void> {
    if (this.media.isSharing) this.media.stopScreen();
    else await this.media.shareScreen();
  }

  /** Nothing of it stays. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopLooking();
    for (const end of this.#ends) end();
    this.speakers.close();
    this.media.close();
    this.#parts.done();
  }

  /** The library's call, for who wants to be told when it changes. */
  get #now(): JoinedCall | null {
    return this.beats >= 0 ? this.joined : null;
  }

  #follow(joined: JoinedCall): void {
    runInAction(() => {
      this.joined = joined;
    });
    const { media } = this;
    this.#ends.push(
      joined.onChange(() => this.#beat()),
      reaction(
        () => media.tracks,
        (tracks) => joined.setTracks(tracks),
        { fireImmediately: true, equals: areSameTracks },
      ),
      reaction(
        () => media.streams,
        (streams) => joined.setStreams(streams),
        { fireImmediately: true, equals: compareStructural },
      ),
      reaction(
        () => this.tiles,
        (tiles) => this.speakers.follow(tiles),
        { fireImmediately: true },
      ),
      () => joined.leave(),
    );
    this.#look(joined);
    this.#beat();
  }

  #beat(): void {
    runInAction(() => {
      this.beats += 1;
      const { joined } = this;
      if (joined === null || this.ending !== null) return;
      if (joined.call.state === "active") this.talkingSince ??= this.#parts.clock.now();
      if (joined.end !== null && joined.end !== "left") this.#end(this.#endingOf(joined));
    });
  }

  #endingOf({ end, call }: JoinedCall): CallEnding {
    if (end === "lost" || call.state !== "ended") return { name: "lost" };
    if (call.outcome !== "finished") return { name: call.outcome };
    return { name: "over", lengthMs: this.#parts.clock.now() - (this.talkingSince ?? this.#parts.clock.now()) };
  }

  #end(ending: CallEnding): void {
    if (this.#closed) return;
    runInAction(() => {
      this.ending = ending;
      this.minimised = false;
    });
    this.speakers.close();
    this.media.close();
    const shownMs = ending.name === "over" || ending.name === "cancelled" ? GOODBYE_MS : WORDS_MS;
    this.#ends.push(this.#parts.clock.after(shownMs, () => this.close()));
  }

  /** Again and again while it lasts. */
  #look(joined: JoinedCall): void {
    this.#stopLooking = this.#parts.clock.after(LOOK_MS, () => {
      void Promise.all(joined.links.map((link) => link.look())).then((looks) => {
        if (this.#closed || this.ending !== null) return;
        this.#judge(looks.flatMap((look) => (look === null || look.path === null ? [] : [qualityOf(look)])));
        this.#look(joined);
      });
    });
  }

  #judge(qualities: readonly Quality[]): void {
    runInAction(() => {
      const worst = qualities.includes("bad") ? "bad" : qualities.includes("weak") ? "weak" : "good";
      this.quality = qualities.length === 0 ? null : worst;
      if (this.quality === null) return;
      this.#rule.look(this.quality);
      this.media.setPaused(this.#rule.withoutPictures);
    });
  }
}

function areSameTracks(ones: readonly LocalTrack[], others: readonly LocalTrack[]): boolean {
  return ones.length === others.length && ones.every((one, at) => one.track === others[at]?.track);
}
