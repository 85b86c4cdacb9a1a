import type { Clock } from "@parley/protocol";
import type { OpenPeer, Peer, PeerEvents, PeerLook } from "@parley/protocol/client";

/** How long a browser thinks about an operation. */
const THINK_MS = 5;

/** A peer connection whose media always find a way: what is told to make it is all that can go wrong. */
export const simulatedPeers =
  (clock: Clock): OpenPeer =>
  (_ice, events) =>
    new SimulatedPeer(clock, events);

/** The signaling states of W3C WebRTC 1.0; one section for everything. */
class SimulatedPeer implements Peer {
  signalingState: Peer["signalingState"] = "stable";
  connectionState: Peer["connectionState"] = "new";
  localDescription: { readonly type: string; readonly sdp: string } | null = null;
  readonly #clock: Clock;
  readonly #events: PeerEvents;

  constructor(clock: Clock, events: PeerEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  setLocalDescription(): Promise<void> {
    return this.#operate(() => {
      const answers = this.signalingState === "have-remote-offer";
      this.localDescription = { type: answers ? "answer" : "offer", sdp: "v=0" };
      if (answers) this.#settle();
      else this.signalingState = "have-local-offer";
      this.#events.candidate({ candidate: "candidate:1 typ host", sdpMid: "0" });
    });
  }

  setRemoteDescription({ type }: { readonly type: "offer" | "answer" }): Promise<void> {
    return this.#operate(() => {
      if (type === "offer") this.signalingState = "have-remote-offer";
      else if (this.signalingState === "have-local-offer") this.#settle();
      else throw new Error(`InvalidStateError ${this.signalingState}`);
    });
  }

  addIceCandidate(): Promise<void> {
    return this.#operate(() => {});
  }

  restartIce(): void {
    this.#need();
  }

  configure(): void {}

  send(): void {
    if (this.localDescription === null) this.#need();
  }

  sections(): [] {
    return [];
  }

  async look(): Promise<PeerLook> {
    return { path: "direct", roundTripMs: 1, lostFraction: 0, framesDecoded: 0 };
  }

  close(): void {
    this.signalingState = "closed";
    this.connectionState = "closed";
  }

  /** What is closed never answers. */
  #operate(step: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#clock.after(THINK_MS, () => {
        if (this.signalingState === "closed") return;
        try {
          step();
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  #settle(): void {
    this.signalingState = "stable";
    this.connectionState = "connected";
    this.#events.connectionChanged();
  }

  #need(): void {
    this.#clock.after(0, () => {
      if (this.signalingState === "stable") this.#events.negotiationNeeded();
    });
  }
}
