import type { Clock } from "../../platform.ts";
import type { IceServers, ParticipantId, Signal, StreamId } from "../../schema/call.ts";
import type { CallTrack, LocalTrack, OpenPeer, Peer, SignalledCandidate, SignalledDescription } from "./peer.ts";

/**
 * A description waits so long for what the device finds at once, its own addresses: those are in it then, which spares
 * both sides and the server a signal each way. Browsers take some 2 ms.
 */
const FIND_MS = 10;
/** Of a candidate, all but its extensions (RFC 8839 section 5.1): of those a browser's description has other ones than its events. */
const CANDIDATE_WORDS = 8;

/** Something that another one sends, by whichever participant it came. */
export interface RemoteTrack {
  readonly participantId: ParticipantId;
  readonly streamId: StreamId;
  readonly track: CallTrack;
}

export interface NegotiationParts {
  readonly clock: Clock;
  readonly openPeer: OpenPeer;
  readonly ice: IceServers;
  readonly tracks: readonly LocalTrack[];
  /** Whose tracks those are. */
  readonly own: ParticipantId;
  /** Of two offers at once the other one's counts. */
  readonly polite: boolean;
  say(signal: Signal): void;
  /** `isSaid`: it was in the description. */
  candidate(candidate: SignalledCandidate, isSaid: boolean): void;
  /** The connection, the tracks, or whether an answer is awaited. */
  changed(): void;
  /** Only another link helps. */
  broken(): void;
}

/**
 * Offers and answers of one connection: perfect negotiation, W3C WebRTC 1.0 section 10.7. Signals have to come in
 * their order, each once.
 */
export class Negotiation {
  readonly peer: Peer;
  readonly #parts: NegotiationParts;
  readonly #routes = new Map<string, { readonly participantId: ParticipantId; readonly streamId: StreamId }>();
  readonly #received = new Map<string, CallTrack>();
  #mayOffer = false;
  #wantsOffer = false;
  #making = false;
  #settingAnswer = false;
  /** The other side's description is being taken, and answered. */
  #describing = false;
  #ignoring = false;
  #closed = false;
  /** Found since the last description was asked for, while that is not said. */
  #found: SignalledCandidate[] | null = null;
  /** A description waits to be said. */
  #stopFinding: (() => void) | null = null;
  /** The other side's description is about to take the place of what waits. */
  #hurried = false;
  /** Signals are taken one after the other. */
  #taking: Promise<void> = Promise.resolve();

  constructor(parts: NegotiationParts) {
    this.#parts = parts;
    this.peer = parts.openPeer(parts.ice, {
      negotiationNeeded: () => void this.#offer(),
      candidate: (candidate) => {
        if (this.#closed) return;
        if (this.#found === null) parts.candidate(candidate, false);
        else this.#found.push(candidate);
      },
      connectionChanged: () => this.#changed(),
      track: (mid, track) => {
        this.#received.set(mid, track);
        this.#changed();
      },
    });
    this.peer.send(parts.tracks);
  }

  /** Until then it answers only: of two that begin at once one waits, which saves a collision. */
  begin(): void {
    this.#mayOffer = true;
    if (this.#wantsOffer) void this.#offer();
  }

  get awaitsAnswer(): boolean {
    return this.peer.signalingState === "have-local-offer";
  }

  get tracks(): RemoteTrack[] {
    return [...this.#received].flatMap(([mid, track]) => {
      const route = this.#routes.get(mid);
      return route === undefined ? [] : [{ ...route, track }];
    });
  }

  take(signal: Exclude<Signal, { kind: "anew" }>): void {
    this.#taking = this.#taking.then(async () => {
      if (this.#closed) return;
      try {
        if (signal.kind === "description") await this.#describe(signal);
        else for (const candidate of signal.candidates) await this.#add(candidate);
      } catch {
        if (!this.#closed) this.#parts.broken();
      }
    });
  }

  close(): void {
    this.#closed = true;
    this.#stopFinding?.();
    this.peer.close();
  }

  async #offer(): Promise<void> {
    // What is still to be offered after the other side's description the connection says once more.
    if (this.#closed || this.#describing) return;
    this.#wantsOffer = !this.#mayOffer;
    if (this.#wantsOffer) return;
    this.#making = true;
    try {
      await this.#setLocal();
    } catch {
      if (!this.#closed) this.#parts.broken();
    } finally {
      this.#making = false;
    }
  }

  async #describe({ type, sdp, tracks }: SignalledDescription): Promise<void> {
    const { peer } = this;
    // What waits was described before this came: an offer that is taken back has to be known, so that its candidates are passed over.
    this.#tell();
    const isReady = !this.#making && (peer.signalingState === "stable" || this.#settingAnswer);
    this.#ignoring = !this.#parts.polite && type === "offer" && !isReady;
    if (this.#ignoring) return;
    for (const { mid, participantId, streamId } of tracks) this.#routes.set(mid, { participantId, streamId });
    this.#describing = true;
    try {
      await this.#setRemote(type, sdp);
      if (this.#closed) return;
      this.#mayOffer = true;
      this.#wantsOffer = false;
      if (type === "offer") await this.#setLocal();
    } finally {
      this.#describing = false;
    }
    this.#changed();
  }

  async #setRemote(type: SignalledDescription["type"], sdp: string): Promise<void> {
    this.#settingAnswer = type === "answer";
    this.#hurried = true;
    try {
      await this.peer.setRemoteDescription({ type, sdp });
    } finally {
      this.#settingAnswer = false;
      this.#hurried = false;
    }
  }

  async #add(candidate: SignalledCandidate): Promise<void> {
    try {
      await this.peer.addIceCandidate(candidate);
    } catch (error) {
      // Of an offer that was passed over.
      if (!this.#ignoring) throw error;
    }
  }

  async #setLocal(): Promise<void> {
    this.#tell();
    this.#found ??= [];
    await this.peer.setLocalDescription();
    if (this.#closed) return;
    this.#stopFinding?.();
    this.#stopFinding = this.#parts.clock.after(FIND_MS, () => this.#tell());
    if (this.#hurried) this.#tell();
    this.#changed();
  }

  /** The description that waits, if one does. */
  #tell(): void {
    if (this.#closed || this.#stopFinding === null) return;
    this.#stopFinding();
    this.#stopFinding = null;
    const found = this.#found ?? [];
    this.#found = null;
    const { localDescription: local } = this.peer;
    if (local === null || (local.type !== "offer" && local.type !== "answer")) return;
    const { type, sdp } = local;
    const tracks = this.peer.sections().map((section) => ({ ...section, participantId: this.#parts.own }));
    this.#parts.say({ kind: "description", type, sdp, tracks });
    for (const candidate of found) this.#parts.candidate(candidate, isIn(sdp, candidate));
    this.#changed();
  }

  #changed(): void {
    if (!this.#closed) this.#parts.changed();
  }
}

function isIn(sdp: string, { candidate }: SignalledCandidate): boolean {
  return sdp.includes(`a=${candidate.split(" ", CANDIDATE_WORDS).join(" ")}`);
}
