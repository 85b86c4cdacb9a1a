import type {
  CallTrack,
  LocalTrack,
  Peer,
  PeerEvents,
  PeerLook,
  SignalledCandidate,
} from "../src/client/calls/peer.ts";
import type { Clock, Random } from "../src/platform.ts";
import type { IceServers } from "../src/schema/call.ts";

/** How long a browser thinks about an operation at most, and looks for ways. */
const THINK_MS = 8;
const GATHER_MS = 40;
const CONNECT_MS = 60;
/** As Chromium and Firefox have it, roughly. */
const DISCONNECTED_MS = 3_000;
const FAILED_MS = 12_000;

interface Section {
  readonly mid: string;
  readonly kind: string;
  readonly sends: string | null;
}

interface Sdp {
  readonly ufrag: string;
  readonly sections: readonly Section[];
  /** Lines of candidates that were found so far. */
  readonly found?: readonly string[];
}

/** The network that media take: ways between peers, which may be cut. */
export class MediaNetwork {
  readonly clock: Clock;
  readonly random: Random;
  readonly peers = new Set<FakePeer>();
  readonly #cuts = new Set<string>();
  opened = 0;
  /** Ways are found within this time. */
  gatherMs = GATHER_MS;

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  readonly open =
    (owner: string) =>
    (_ice: IceServers, events: PeerEvents): Peer => {
      this.opened += 1;
      return new FakePeer(this, owner, `${owner}.${this.opened}`, events);
    };

  cut(owner: string, isCut: boolean): void {
    if (isCut) this.#cuts.add(owner);
    else this.#cuts.delete(owner);
    this.look();
  }

  look(): void {
    for (const peer of this.peers) peer.lookForWays();
  }

  reaches(one: FakePeer, other: FakePeer): boolean {
    return !this.#cuts.has(one.owner) && !this.#cuts.has(other.owner);
  }
}

/**
 * An RTCPeerConnection as far as its rules go: W3C WebRTC 1.0, the operations chain, the signaling states, implicit
 * rollback, when negotiation is needed, ICE restart. Two are connected when each has the other's description and a
 * candidate, and the network lets them.
 */
export class FakePeer implements Peer {
  readonly owner: string;
  signalingState: RTCSignalingState = "stable";
  connectionState: RTCPeerConnectionState = "new";
  readonly #network: MediaNetwork;
  readonly #name: string;
  readonly #events: PeerEvents;
  /** `streamId kind` -> what is sent there; the section is its place, once it has one. */
  readonly #slots = new Map<string, { track: CallTrack | null; mid: string | null }>();
  #tracks: readonly LocalTrack[] = [];
  #local: { current: Sdp | null; pending: Sdp | null } = { current: null, pending: null };
  #remote: { current: Sdp | null; pending: Sdp | null } = { current: null, pending: null };
  readonly #candidates = new Set<string>();
  readonly #told = new Set<string>();
  readonly #found: string[] = [];
  #chain: Promise<void> = Promise.resolve();
  #ufrags = 0;
  #restarting = false;
  #needed = false;
  #timer: (() => void) | null = null;
  #awaiting: RTCPeerConnectionState | null = null;

  constructor(network: MediaNetwork, owner: string, name: string, events: PeerEvents) {
    this.owner = owner;
    this.#network = network;
    this.#name = name;
    this.#events = events;
    network.peers.add(this);
  }

  get localDescription() {
    const sdp = this.#local.pending ?? this.#local.current;
    const type = this.signalingState === "have-local-offer" ? "offer" : "answer";
    if (sdp === null) return null;
    const found = this.#found.filter((line) => line.startsWith(`a=candidate:${sdp.ufrag} `));
    return { type, sdp: JSON.stringify({ ...sdp, found }) };
  }

  setLocalDescription(): Promise<void> {
    return this.#operate(() => {
      const answers = this.signalingState === "have-remote-offer";
      const sdp = answers ? this.#answer() : this.#offer();
      if (answers) this.#settle({ local: sdp, remote: this.#remote.pending });
      else {
        this.#local = { ...this.#local, pending: sdp };
        this.signalingState = "have-local-offer";
      }
      this.#gather(sdp.ufrag);
    });
  }

  setRemoteDescription({ type, sdp: text }: { type: "offer" | "answer"; sdp: string }): Promise<void> {
    return this.#operate(() => {
      const { found = [], ...sdp } = JSON.parse(text) as Sdp;
      if (type === "answer") {
        if (this.signalingState !== "have-local-offer") throw new Error(`InvalidStateError ${this.signalingState}`);
        this.#settle({ local: this.#local.pending, remote: sdp });
      } else {
        if (this.signalingState === "have-local-offer") this.#rollBack();
        this.#remote = { ...this.#remote, pending: sdp };
        this.signalingState = "have-remote-offer";
      }
      for (const line of found) this.#candidates.add(line.slice("a=".length));
      for (const { mid, kind, sends } of sdp.sections) {
        if (sends === null || this.#told.has(`${mid} ${sends}`)) continue;
        this.#told.add(`${mid} ${sends}`);
        this.#events.track(mid, { id: sends, kind });
      }
    });
  }

  addIceCandidate({ candidate, usernameFragment }: SignalledCandidate): Promise<void> {
    return this.#operate(() => {
      const known = [this.#remote.current?.ufrag, this.#remote.pending?.ufrag];
      if (known.every((ufrag) => ufrag === undefined)) throw new Error("InvalidStateError: no remote description");
      if (usernameFragment !== undefined && !known.includes(usernameFragment)) throw new Error("OperationError");
      this.#candidates.add(candidate);
    });
  }

  restartIce(): void {
    this.#restarting = true;
    this.#need();
  }

  configure(): void {}

  send(tracks: readonly LocalTrack[]): void {
    this.#tracks = tracks;
    for (const slot of this.#slots.values()) slot.track = null;
    for (const { streamId, track } of this.#tracks) {
      const key = `${streamId} ${track.kind}`;
      const slot = this.#slots.get(key);
      if (slot === undefined) this.#slots.set(key, { track, mid: null });
      else slot.track = track;
    }
    this.#need();
  }

  sections() {
    return [...this.#slots].flatMap(([key, { mid }]) =>
      mid === null ? [] : [{ mid, streamId: key.split(" ")[0] ?? "" }],
    );
  }

  async look(): Promise<PeerLook> {
    return {
      path: this.connectionState === "connected" ? "direct" : null,
      roundTripMs: 1,
      lostFraction: 0,
      framesDecoded: 0,
    };
  }

  close(): void {
    this.signalingState = "closed";
    this.connectionState = "closed";
    this.#timer?.();
    this.#network.peers.delete(this);
    this.#network.look();
  }

  // --- descriptions

  /** One after the other; what is closed never answers. */
  #operate(step: () => void): Promise<void> {
    const { clock, random } = this.#network;
    const done = this.#chain.then(
      () =>
        new Promise<void>((resolve, reject) => {
          clock.after(random.fraction() * THINK_MS, () => {
            if (this.signalingState === "closed") return;
            try {
              step();
              resolve();
              this.#connect();
              this.#need();
            } catch (error) {
              reject(error as Error);
            }
          });
        }),
    );
    this.#chain = done.catch(() => {});
    return done;
  }

  #offer(): Sdp {
    const before = this.#local.current?.sections ?? [];
    const sections = before.map((section) => ({ ...section, sends: this.#sentIn(section.mid) }));
    for (const [key, slot] of this.#slots) {
      if (slot.mid !== null) continue;
      slot.mid = String(sections.length);
      sections.push({ mid: slot.mid, kind: key.split(" ")[1] ?? "", sends: this.#idIn(slot.mid) });
    }
    return { ufrag: this.#nextUfrag(), sections };
  }

  #answer(): Sdp {
    const sections = (this.#remote.pending?.sections ?? []).map(({ mid, kind }) => {
      const isTaken = [...this.#slots.values()].some((slot) => slot.mid === mid);
      const free = [...this.#slots].find(([key, slot]) => slot.mid === null && key.endsWith(` ${kind}`));
      if (!isTaken && free !== undefined) free[1].mid = mid;
      return { mid, kind, sends: this.#sentIn(mid) };
    });
    return { ufrag: this.#nextUfrag(), sections };
  }

  #nextUfrag(): string {
    const renewed = this.#remote.pending !== null && this.#remote.pending.ufrag !== this.#remote.current?.ufrag;
    const current = this.#local.current?.ufrag;
    if (current !== undefined && !this.#restarting && !renewed) return current;
    this.#ufrags += 1;
    return `${this.#name}/${this.#ufrags}`;
  }

  #sentIn(mid: string): string | null {
    return [...this.#slots.values()].some((slot) => slot.mid === mid) ? this.#idIn(mid) : null;
  }

  #idIn(mid: string): string {
    return `${this.#name}:${mid}`;
  }

  #settle({ local, remote }: { local: Sdp | null; remote: Sdp | null }): void {
    if (local?.ufrag !== this.#local.current?.ufrag) this.#restarting = false;
    this.#local = { current: local, pending: null };
    this.#remote = { current: remote, pending: null };
    this.signalingState = "stable";
    this.#needed = false;
  }

  #rollBack(): void {
    this.#local = { ...this.#local, pending: null };
    const kept = new Set(this.#local.current?.sections.map(({ mid }) => mid));
    for (const slot of this.#slots.values()) if (slot.mid !== null && !kept.has(slot.mid)) slot.mid = null;
    this.signalingState = "stable";
  }

  #need(): void {
    const missing = [...this.#slots.values()].some(({ mid, track }) => mid === null && track !== null);
    if (this.#needed || this.signalingState !== "stable" || !(missing || this.#restarting)) return;
    this.#needed = true;
    this.#network.clock.after(0, () => {
      if (this.signalingState === "stable" && this.#needed) this.#events.negotiationNeeded();
      // Asked again when it is stable.
      else this.#needed = false;
    });
  }

  // --- ways

  #gather(ufrag: string): void {
    const { clock, random } = this.#network;
    if (this.#told.has(ufrag)) return;
    this.#told.add(ufrag);
    for (let n = 0; n < 3; n++) {
      const candidate = { candidate: `candidate:${ufrag} ${n} typ host`, sdpMid: "0", usernameFragment: ufrag };
      clock.after(random.fraction() * this.#network.gatherMs, () => {
        if (this.signalingState === "closed") return;
        this.#found.push(`a=${candidate.candidate}`);
        this.#events.candidate(candidate);
      });
    }
  }

  #knows(other: FakePeer): boolean {
    const ufrag = other.#ufrag;
    if (ufrag === undefined || this.#remoteUfrag !== ufrag) return false;
    return [...this.#candidates].some((candidate) => candidate.startsWith(`candidate:${ufrag} `));
  }

  get #ufrag(): string | undefined {
    return (this.#local.pending ?? this.#local.current)?.ufrag;
  }

  get #remoteUfrag(): string | undefined {
    return (this.#remote.pending ?? this.#remote.current)?.ufrag;
  }

  #connect(): void {
    this.#network.look();
  }

  /** Called whenever something has changed that ways depend on. */
  lookForWays(): void {
    if (this.signalingState === "closed" || this.#ufrag === undefined || this.#remoteUfrag === undefined) return;
    const other = [...this.#network.peers].find((peer) => peer !== this && peer.#knows(this) && this.#knows(peer));
    const reached = other !== undefined && this.#network.reaches(this, other);
    const isKept = this.connectionState === "connected" && this.#keeps();
    if (reached) this.#come("connected", CONNECT_MS);
    else if (isKept) return;
    else if (this.connectionState === "connected") this.#come("disconnected", DISCONNECTED_MS);
    else if (this.connectionState === "new") this.#become("connecting");
    else this.#come("failed", FAILED_MS);
  }

  /** While a new way is negotiated the old one goes on. */
  #keeps(): boolean {
    const remote = this.#remote.current?.ufrag;
    const local = this.#local.current?.ufrag;
    return [...this.#network.peers].some(
      (peer) =>
        peer !== this &&
        peer.#local.current?.ufrag === remote &&
        peer.#remote.current?.ufrag === local &&
        this.#network.reaches(this, peer),
    );
  }

  #come(state: RTCPeerConnectionState, afterMs: number): void {
    if (this.#awaiting === state) return;
    this.#timer?.();
    this.#timer = null;
    this.#awaiting = null;
    if (this.connectionState === state) return;
    this.#awaiting = state;
    this.#timer = this.#network.clock.after(afterMs, () => {
      this.#timer = null;
      this.#awaiting = null;
      this.#become(state);
    });
  }

  #become(state: RTCPeerConnectionState): void {
    if (this.signalingState === "closed" || this.connectionState === state) return;
    this.connectionState = state;
    this.#events.connectionChanged();
    this.lookForWays();
  }
}
