import type { Clock, Random } from "../../platform.ts";
import type { IceServers, ParticipantId, Signal } from "../../schema/call.ts";
import { IncomingSignals } from "./incoming-signals.ts";
import { BLOCKED_MS, type BlockedWhy, type LinkState } from "./link-state.ts";
import { NamedTimers } from "./named-timers.ts";
import { Negotiation, type RemoteTrack } from "./negotiation.ts";
import { OutgoingSignals, type SignalSent } from "./outgoing-signals.ts";
import type { LocalTrack, OpenPeer, PeerLook } from "./peer.ts";

/** Who joined later offers only if the other does not. */
const OFFER_WAIT_MS = 1_500;
/** An offer, and nothing came of it. */
const ANSWER_MS = 4_000;
/** A signal that is late may still come. */
const HOLE_MS = 1_000;
/** A connection is made in this time, or another one is begun; the next ones get more. */
const ATTEMPT_MS = 5_000;
const ATTEMPT_MAX_MS = 15_000;
/** Nothing was heard: another way is looked for before the browser calls it failed. */
const RESTART_MS = 2_000;
/** Signals or connections that cannot be used begin a new link no faster than that. */
const ANEW_PAUSE_MS = 500;
/** New links that the other one begins; more in ADOPT_WINDOW_MS is an attack or a fault, and waits. */
const ADOPT_MAX = 20;
const ADOPT_WINDOW_MS = 10_000;

export interface CallLinkParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly openPeer: OpenPeer;
  readonly own: ParticipantId;
  readonly other: ParticipantId;
  /** Offers first: who was there before. */
  readonly first: boolean;
  isOnline(): boolean;
  send(signal: { readonly link: number; readonly number: number; readonly signal: Signal }): Promise<SignalSent>;
  changed(): void;
}

/** Everything between two participants: one connection after the other until they hear each other, and again when they do not. */
export class CallLink {
  readonly #parts: CallLinkParts;
  readonly #timers: NamedTimers<"offer" | "answer" | "hole" | "attempt" | "restart" | "anew" | "blocked" | "adopt">;
  #ice: IceServers;
  #tracks: readonly LocalTrack[];
  #number = 1;
  #negotiation: Negotiation | null = null;
  #outgoing: OutgoingSignals | null = null;
  #incoming = new IncomingSignals();
  #attempts = 0;
  #adopted = 0;
  #everConnected = false;
  #isLate = false;
  #hasRelay = false;
  #path: PeerLook["path"] = null;
  #closed = false;
  #anewWhenOnline = false;

  constructor(parts: CallLinkParts, ice: IceServers, tracks: readonly LocalTrack[]) {
    this.#parts = parts;
    this.#ice = ice;
    this.#tracks = tracks;
    this.#timers = new NamedTimers(parts.clock);
    this.#open(1);
  }

  get other(): ParticipantId {
    return this.#parts.other;
  }

  /** Counts the connections that the two have begun. */
  get number(): number {
    return this.#number;
  }

  get state(): LinkState {
    const state = this.#negotiation?.peer.connectionState;
    if (state === "connected") return { name: "connected", path: this.#path };
    if (this.#isLate || this.#hasNoWay) return { name: "blocked", why: this.#why };
    return { name: this.#everConnected ? "reconnecting" : "connecting" };
  }

  get tracks(): readonly RemoteTrack[] {
    return this.#negotiation?.tracks ?? [];
  }

  setTracks(tracks: readonly LocalTrack[]): void {
    this.#tracks = tracks;
    this.#negotiation?.peer.send(tracks);
  }

  configure(ice: IceServers): void {
    const hadNoWay = this.#hasNoWay;
    this.#ice = ice;
    this.#negotiation?.peer.configure(ice);
    if (hadNoWay && !this.#hasNoWay) this.#anew();
  }

  receive({ link, number, signal }: { link: number; number: number; signal: Signal }): void {
    if (this.#closed || link < this.#number) return;
    if (link > this.#number && !this.#adopt(link)) return;
    for (const due of this.#incoming.take(number, signal)) {
      if (due.kind !== "anew") this.#negotiation?.take(due);
    }
    if (!this.#incoming.hasHole) this.#timers.stop("hole");
    else if (!this.#timers.has("hole")) this.#timers.start("hole", HOLE_MS, () => this.#anew());
  }

  /** The signalling is back. What was said to this side meanwhile is lost, so that what is not connected begins anew. */
  online(): void {
    if (this.#anewWhenOnline || !this.#isConnected) this.#anew();
    else this.#outgoing?.resume();
  }

  async look(): Promise<PeerLook | null> {
    const negotiation = this.#negotiation;
    if (negotiation === null) return null;
    const look = await negotiation.peer.look().catch(() => null);
    if (look !== null && negotiation === this.#negotiation && look.path !== null && look.path !== this.#path) {
      this.#path = look.path;
      this.#parts.changed();
    }
    return look;
  }

  close(): void {
    this.#closed = true;
    this.#timers.stopAll();
    this.#negotiation?.close();
    this.#outgoing?.close();
  }

  get #isConnected(): boolean {
    return this.#negotiation?.peer.connectionState === "connected";
  }

  get #hasNoWay(): boolean {
    return this.#ice.relayOnly && this.#ice.servers.length === 0;
  }

  get #why(): BlockedWhy {
    if (this.#ice.servers.length === 0) return "noRelay";
    return this.#hasRelay ? "otherSide" : "relayUnreachable";
  }

  #open(link: number): void {
    const { clock, first, openPeer, own, other, isOnline } = this.#parts;
    this.#negotiation?.close();
    this.#outgoing?.close();
    for (const timer of ["offer", "answer", "hole", "attempt", "restart", "anew"] as const) this.#timers.stop(timer);
    this.#watch();
    this.#number = link;
    this.#incoming = new IncomingSignals();
    this.#hasRelay = false;
    this.#path = null;
    this.#negotiation = null;
    const outgoing = new OutgoingSignals({
      clock,
      isOnline,
      send: (number, signal) => this.#parts.send({ link, number, signal }),
      overflowed: () => this.#anew(),
    });
    this.#outgoing = outgoing;
    if (this.#hasNoWay) return this.#parts.changed();
    const negotiation: Negotiation = new Negotiation({
      clock,
      openPeer,
      ice: this.#ice,
      tracks: this.#tracks,
      own,
      polite: own < other,
      say: (signal) => outgoing.say(signal),
      candidate: (candidate, isSaid) => {
        if (candidate.candidate.includes(" typ relay")) this.#hasRelay = true;
        if (!isSaid) outgoing.candidate(candidate);
      },
      changed: () => {
        if (negotiation === this.#negotiation) this.#follow(negotiation);
      },
      broken: () => {
        if (negotiation === this.#negotiation) this.#anew();
      },
    });
    this.#negotiation = negotiation;
    if (first) negotiation.begin();
    else this.#timers.start("offer", OFFER_WAIT_MS, () => negotiation.begin());
    this.#attempt();
    this.#parts.changed();
  }

  /** The other one has begun another link. */
  #adopt(link: number): boolean {
    if (this.#adopted >= ADOPT_MAX) return false;
    this.#adopted += 1;
    if (!this.#timers.has("adopt")) {
      this.#timers.start("adopt", ADOPT_WINDOW_MS, () => {
        this.#adopted = 0;
      });
    }
    this.#anewWhenOnline = false;
    this.#open(link);
    return true;
  }

  /** Begins another link: at once, if the last one was not begun just now. */
  #anew(): void {
    if (this.#closed || this.#hasNoWay || this.#timers.has("anew")) return;
    this.#timers.start("anew", ANEW_PAUSE_MS * (0.5 + this.#parts.random.fraction()), () => {
      this.#anewWhenOnline = !this.#parts.isOnline();
      if (this.#anewWhenOnline || this.#number >= Number.MAX_SAFE_INTEGER) return;
      this.#open(this.#number + 1);
      this.#outgoing?.say({ kind: "anew" });
    });
  }

  /** A connection that is not made by then is given up for another one. Both sides count: chance decides who is first. */
  #attempt(): void {
    const patience = Math.min(ATTEMPT_MAX_MS, ATTEMPT_MS * 1.4 ** this.#attempts);
    this.#attempts += 1;
    this.#timers.start("attempt", patience * (1 + 0.3 * this.#parts.random.fraction()), () => {
      if (!this.#isConnected) this.#anew();
    });
  }

  #follow(negotiation: Negotiation): void {
    const { peer } = negotiation;
    if (!negotiation.awaitsAnswer) this.#timers.stop("answer");
    else if (!this.#timers.has("answer")) this.#timers.start("answer", ANSWER_MS, () => this.#anew());
    switch (peer.connectionState) {
      case "connected":
        if (this.#timers.has("blocked") || this.#isLate) this.#connected();
        break;
      case "disconnected":
      case "failed":
        this.#watch();
        // One that is being tried has its time.
        if (!this.#timers.has("restart") && !this.#timers.has("attempt")) {
          this.#timers.start("restart", peer.connectionState === "failed" ? 0 : RESTART_MS, () => this.#restart());
        }
        break;
      default:
    }
    this.#parts.changed();
  }

  #connected(): void {
    this.#everConnected = true;
    this.#isLate = false;
    this.#attempts = 0;
    for (const timer of ["attempt", "restart", "blocked", "offer"] as const) this.#timers.stop(timer);
    void this.look();
  }

  /** The same connection by another way, while there is somebody to tell. */
  #restart(): void {
    const negotiation = this.#negotiation;
    if (negotiation === null || this.#isConnected || !this.#parts.isOnline()) return;
    negotiation.peer.restartIce();
    this.#attempt();
  }

  #watch(): void {
    if (this.#timers.has("blocked") || this.#isLate) return;
    this.#timers.start("blocked", BLOCKED_MS, () => {
      this.#isLate = true;
      this.#parts.changed();
    });
  }
}
