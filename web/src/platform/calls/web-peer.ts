import type { IceServers } from "@parley/protocol";
import type { LocalTrack, OpenPeer, Peer, PeerEvents, PeerLook } from "@parley/protocol/client";
import { PeerStats } from "./peer-stats.ts";

/** A camera may take so many bits a second, shared among those who are sent its pictures: an ordinary uplink bears that. */
const CAMERA_BITS = 1_800_000;
const CAMERA_MIN_BITS = 250_000;
/** Letters have to stay readable. */
const SCREEN_BITS = 2_500_000;

type Section = ReturnType<Peer["sections"]>[number];

/** The peers of this page; they share what the line bears. */
const open = new Set<WebPeer>();

export const openWebPeer: OpenPeer = (ice, events) => {
  const peer = new WebPeer(ice, events);
  open.add(peer);
  for (const one of open) one.share(open.size);
  return peer;
};

class WebPeer implements Peer {
  readonly #connection: RTCPeerConnection;
  readonly #stats: PeerStats;
  /** `streamId kind` -> what sends it. It stays when nothing is sent, so that sending again needs no new offer. */
  readonly #senders = new Map<string, RTCRtpSender>();
  #sharers = 1;

  constructor(ice: IceServers, events: PeerEvents) {
    const connection = new RTCPeerConnection(configurationOf(ice));
    this.#connection = connection;
    this.#stats = new PeerStats(connection);
    connection.onnegotiationneeded = () => events.negotiationNeeded();
    connection.onconnectionstatechange = () => events.connectionChanged();
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null || candidate.candidate === "") return;
      const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
      events.candidate({
        candidate: candidate.candidate,
        ...(sdpMid === null ? {} : { sdpMid }),
        ...(sdpMLineIndex === null ? {} : { sdpMLineIndex }),
        ...(usernameFragment === null ? {} : { usernameFragment }),
      });
    };
    connection.ontrack = ({ track, transceiver }) => {
      if (transceiver.mid !== null) events.track(transceiver.mid, track);
    };
  }

  get signalingState() {
    return this.#connection.signalingState;
  }

  get connectionState() {
    return this.#connection.connectionState;
  }

  get localDescription() {
    return this.#connection.localDescription;
  }

  setLocalDescription(): Promise<void> {
    return this.#connection.setLocalDescription();
  }

  setRemoteDescription(description: { type: "offer" | "answer"; sdp: string }): Promise<void> {
    return this.#connection.setRemoteDescription(description);
  }

  addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    return this.#connection.addIceCandidate(candidate);
  }

  restartIce(): void {
    this.#connection.restartIce();
  }

  configure(ice: IceServers): void {
    this.#connection.setConfiguration(configurationOf(ice));
  }

  send(tracks: readonly LocalTrack[]): void {
    const wanted = new Map(tracks.map((one) => [`${one.streamId} ${one.track.kind}`, one.track as MediaStreamTrack]));
    for (const [key, sender] of this.#senders) {
      const track = wanted.get(key) ?? null;
      if (sender.track !== track) void sender.replaceTrack(track).catch(() => {});
    }
    for (const [key, track] of wanted) {
      if (this.#senders.has(key)) continue;
      const [streamId = ""] = key.split(" ");
      track.contentHint = streamId === "screen" ? (track.kind === "video" ? "detail" : "music") : "";
      this.#senders.set(key, this.#connection.addTrack(track));
    }
    // Who says nothing listens all the same: something has to be offered.
    if (this.#connection.getTransceivers().length === 0) {
      this.#connection.addTransceiver("audio", { direction: "recvonly" });
    }
    this.#bound();
  }

  sections(): Section[] {
    const transceivers = this.#connection.getTransceivers();
    return [...this.#senders].flatMap(([key, sender]) => {
      const mid = transceivers.find((transceiver) => transceiver.sender === sender)?.mid ?? null;
      return mid === null ? [] : [{ mid, streamId: key.split(" ")[0] ?? "" }];
    });
  }

  look(): Promise<PeerLook> {
    return this.#stats.look();
  }

  share(sharers: number): void {
    this.#sharers = sharers;
    this.#bound();
  }

  close(): void {
    const connection = this.#connection;
    connection.onnegotiationneeded = null;
    connection.onconnectionstatechange = null;
    connection.onicecandidate = null;
    connection.ontrack = null;
    connection.close();
    open.delete(this);
    for (const one of open) one.share(open.size);
  }

  #bound(): void {
    const camera = Math.max(CAMERA_MIN_BITS, Math.round(CAMERA_BITS / this.#sharers));
    for (const [key, sender] of this.#senders) {
      if (!key.endsWith(" video")) continue;
      const parameters = sender.getParameters();
      const [encoding] = parameters.encodings ?? [];
      const bits = key.startsWith("screen ") ? SCREEN_BITS : camera;
      if (encoding === undefined || encoding.maxBitrate === bits) continue;
      encoding.maxBitrate = bits;
      void sender.setParameters(parameters).catch(() => {});
    }
  }
}

function configurationOf({ servers, relayOnly }: IceServers): RTCConfiguration {
  return {
    iceServers: servers.map((server) => ({ ...server })),
    iceTransportPolicy: relayOnly ? "relay" : "all",
    bundlePolicy: "max-bundle",
  };
}
