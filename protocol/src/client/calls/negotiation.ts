import type { IceServers, ParticipantId, Signal, StreamId } from "../../schema/call.ts";
import type { CallTrack, LocalTrack, OpenPeer, Peer, SignalledCandidate, SignalledDescription } from "./peer.ts";

/** Something that another one sends, by whichever participant it came. */
export interface RemoteTrack {
  readonly participantId: ParticipantId;
  readonly streamId: StreamId;
  readonly track: CallTrack;
}

export interface NegotiationParts {
  readonly openPeer: OpenPeer;
  readonly ice: IceServers;
  readonly tracks: readonly LocalTrack[];
  /** Whose tracks those are. */
  readonly own: ParticipantId;
  /** Of two offers at once the other one's counts. */
  readonly polite: boolean;
  say(signal: Signal): void;
  candidate(candidate: SignalledCandidate): void;
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
  #ignoring = false;
  #closed = false;
  /** Signals are taken one after the other. */
  #taking: Promise<void> = Promise.resolve();

  constructor(parts: NegotiationParts) {
    this.#parts = parts;
    this.peer = parts.openPeer(parts.ice, {
      negotiationNeeded: () => void this.#offer(),
      candidate: (candidate) => {
        if (!this.#closed) parts.candidate(candidate);
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
    this.peer.close();
  }

  async #offer(): Promise<void> {
    if (this.#closed) return;
    this.#wantsOffer = !this.#mayOffer;
    if (this.#wantsOffer) return;
    this.#making = true;
    try {
      await this.peer.setLocalDescription();
      this.#tell();
    } catch {
      if (!this.#closed) this.#parts.broken();
    } finally {
      this.#making = false;
    }
  }

  async #describe({ type, sdp, tracks }: SignalledDescription): Promise<void> {
    const { peer } = this;
    const isReady = !this.#making && (peer.signalingState === "stable" || this.#settingAnswer);
    this.#ignoring = !this.#parts.polite && type === "offer" && !isReady;
    if (this.#ignoring) return;
    for (const { mid, participantId, streamId } of tracks) this.#routes.set(mid, { participantId, streamId });
    this.#settingAnswer = type === "answer";
    try {
      await peer.setRemoteDescription({ type, sdp });
    } finally {
      this.#settingAnswer = false;
    }
    if (this.#closed) return;
    // What is still to be offered after this the connection says once more.
    this.#mayOffer = true;
    this.#wantsOffer = false;
    if (type === "offer") {
      await peer.setLocalDescription();
      this.#tell();
    }
    this.#changed();
  }

  async #add(candidate: SignalledCandidate): Promise<void> {
    try {
      await this.peer.addIceCandidate(candidate);
    } catch (error) {
      // Of an offer that was passed over.
      if (!this.#ignoring) throw error;
    }
  }

  #tell(): void {
    const { localDescription: local } = this.peer;
    if (this.#closed || local === null || (local.type !== "offer" && local.type !== "answer")) return;
    const tracks = this.peer.sections().map((section) => ({ ...section, participantId: this.#parts.own }));
    this.#parts.say({ kind: "description", type: local.type, sdp: local.sdp, tracks });
    this.#changed();
  }

  #changed(): void {
    if (!this.#closed) this.#parts.changed();
  }
}
