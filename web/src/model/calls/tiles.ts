import type { Call, ParticipantId, UserId } from "@parley/protocol";
import type { CallTrack, JoinedCall, LinkState } from "@parley/protocol/client";

/** One picture of a call, or a face in place of it. */
export interface Tile {
  readonly key: string;
  readonly participantId: ParticipantId;
  readonly userId: UserId;
  readonly kind: "camera" | "screen";
  readonly own: boolean;
  /** Absent while there is none, or it is switched off. */
  readonly video: CallTrack | undefined;
  readonly audio: CallTrack | undefined;
  readonly muted: boolean;
  /** How far this device is from it. */
  readonly link: LinkState;
}

const HERE: LinkState = { name: "connected", path: "direct" };

/** What others send, by what they say they send. Streams that come by way of another participant are found all the same. */
export function tilesOf(call: Call, joined: JoinedCall): readonly Tile[] {
  const received = joined.links.flatMap(({ tracks }) => tracks);
  return call.participants.flatMap(({ participantId, userId, streams }) => {
    const own = participantId === joined.participantId;
    const link = own ? HERE : (joined.link(participantId)?.state ?? { name: "connecting" });
    const sent =
      streams.length > 0 ? streams : [{ streamId: "camera", kind: "camera", audio: false, video: false } as const];
    return sent.map(({ streamId, kind, audio, video }) => {
      const find = (media: string) =>
        received.findLast(
          (one) => one.participantId === participantId && one.streamId === streamId && one.track.kind === media,
        )?.track;
      return {
        ...{ key: `${participantId} ${streamId}`, participantId, userId, kind, own, link },
        video: video ? find("video") : undefined,
        // Heard also while it is said to be muted: what was said just before is on its way yet.
        audio: find("audio"),
        muted: !audio,
      };
    });
  });
}
