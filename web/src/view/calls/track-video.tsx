import { useEffect, useRef } from "react";
import type { CallTrack } from "../../model/calls/call-device.ts";

/** The moving picture of a track; silent, sounds have elements of their own. */
export function TrackVideo({ track, label, mirrored = false, contained = false, main = false }: TrackVideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    element.srcObject = new MediaStream([track as MediaStreamTrack]);
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  const classes = ["call-video"];
  if (mirrored) classes.push("call-video-mirrored");
  if (contained) classes.push("call-video-whole");
  return (
    <video
      ref={video}
      className={classes.join(" ")}
      aria-label={label}
      data-main={main ? "" : undefined}
      autoPlay
      muted
      playsInline
    />
  );
}

interface TrackVideoProps {
  readonly track: CallTrack;
  readonly label: string;
  /** As in a mirror: what people expect of themselves. */
  readonly mirrored?: boolean;
  /** All of it, with bars, instead of filling the place. */
  readonly contained?: boolean;
  /** The one that picture in picture shows. */
  readonly main?: boolean;
}
