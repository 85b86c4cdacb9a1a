import { observer } from "mobx-react-lite";
import { useEffect, useRef } from "react";
import type { CallTrack } from "../../model/calls/call-device.ts";
import type { CurrentCall } from "../../model/calls/current-call.ts";

/** Everybody's voice, whatever is on the screen. */
export const CallSounds = observer(function CallSounds({ current }: { current: CurrentCall }) {
  const { speaker } = current.media.choices;
  return current.others.map(({ key, audio }) =>
    audio === undefined ? null : <TrackSound key={key} track={audio} speaker={speaker} />,
  );
});

function TrackSound({ track, speaker }: { track: CallTrack; speaker: string | undefined }) {
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = audio.current;
    if (element === null) return;
    element.srcObject = new MediaStream([track as MediaStreamTrack]);
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  useEffect(() => {
    // The one that is not there any more leaves the standard one.
    if (speaker !== undefined) void audio.current?.setSinkId?.(speaker).catch(() => {});
  }, [speaker]);
  // biome-ignore lint/a11y/useMediaCaption: somebody speaks, now
  return <audio ref={audio} autoPlay />;
}
