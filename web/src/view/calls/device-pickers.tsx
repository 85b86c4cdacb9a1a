import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { DeviceKind } from "../../model/calls/call-device.ts";
import type { OwnMedia } from "../../model/calls/own-media.ts";
import { PickOne } from "../parts/pick-one.tsx";
import { LevelMeter } from "./level-meter.tsx";
import { MediaProblems } from "./media-problems.tsx";

const LABELS = {
  microphone: "calls.device.microphone",
  camera: "calls.device.camera",
  speaker: "calls.device.speaker",
} as const;

/** Which devices are used, and whether they work. */
export const DevicePickers = observer(function DevicePickers({ media }: { media: OwnMedia }) {
  return (
    <div className="call-devices">
      <MediaProblems media={media} />
      <DevicePicker media={media} kind="microphone" />
      <LevelMeter media={media} />
      <DevicePicker media={media} kind="camera" />
      {media.canChooseSpeaker && <DevicePicker media={media} kind="speaker" />}
    </div>
  );
});

const DevicePicker = observer(function DevicePicker({ media, kind }: { media: OwnMedia; kind: DeviceKind }) {
  const devices = media.of(kind);
  const ids = devices.map(({ id }) => id);
  const track = kind === "microphone" ? media.microphone : kind === "camera" ? media.camera : null;
  const used = track?.getSettings().deviceId ?? media.choices[kind];
  const [first] = ids;
  if (first === undefined) return null;
  const nameOf = (id: string) => {
    const at = ids.indexOf(id);
    return devices[at]?.label || t("calls.device.nameless", { number: at + 1 });
  };
  return (
    <PickOne
      label={t(LABELS[kind])}
      value={used !== undefined && ids.includes(used) ? used : first}
      options={ids}
      onChoose={(id) => void media.choose(kind, id)}
      face={nameOf}
    />
  );
});
