import type { IceServers, Signal, StreamId } from "../../schema/call.ts";

/** What is heard or seen; a browser's MediaStreamTrack is one. */
export interface CallTrack {
  readonly id: string;
  readonly kind: string;
}

/** One part of a stream of one's own: of each stream at most one that is heard and one that is seen. */
export interface LocalTrack {
  readonly streamId: StreamId;
  readonly track: CallTrack;
}

export type SignalledDescription = Extract<Signal, { kind: "description" }>;
export type SignalledCandidate = Extract<Signal, { kind: "candidates" }>["candidates"][number];

/** How a connection does, as far as can be seen from here. */
export interface PeerLook {
  /** Null: not connected, or not known. */
  readonly path: "direct" | "relayed" | null;
  readonly roundTripMs: number | null;
  /** Of the packets of the last seconds, either way; null: too few to tell. */
  readonly lostFraction: number | null;
  /** Frames of pictures that came and could be shown, since the beginning. */
  readonly framesDecoded: number;
}

/** What a link needs of an RTCPeerConnection; names and rules are those of W3C WebRTC 1.0, section 4. */
export interface Peer {
  readonly signalingState: RTCSignalingState;
  readonly connectionState: RTCPeerConnectionState;
  /** With the candidates that were found so far. */
  readonly localDescription: { readonly type: string; readonly sdp: string } | null;
  /** An offer, or an answer where there is an offer. */
  setLocalDescription(): Promise<void>;
  /** An offer rolls an own offer back. */
  setRemoteDescription(description: { readonly type: "offer" | "answer"; readonly sdp: string }): Promise<void>;
  addIceCandidate(candidate: SignalledCandidate): Promise<void>;
  restartIce(): void;
  /** For the next search for ways. */
  configure(ice: IceServers): void;
  /** In place of what was sent; what stays in its place needs no new offer. */
  send(tracks: readonly LocalTrack[]): void;
  /** Which media section carries what, of what is sent and was offered or answered. */
  sections(): readonly { readonly mid: string; readonly streamId: StreamId }[];
  look(): Promise<PeerLook>;
  close(): void;
}

export interface PeerEvents {
  negotiationNeeded(): void;
  candidate(candidate: SignalledCandidate): void;
  connectionChanged(): void;
  track(mid: string, track: CallTrack): void;
}

export type OpenPeer = (ice: IceServers, events: PeerEvents) => Peer;
