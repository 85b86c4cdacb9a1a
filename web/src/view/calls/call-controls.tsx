import {
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  PhoneOff,
  PictureInPicture2,
  Settings2,
  SwitchCamera,
  UserPlus,
  Video,
  VideoOff,
} from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { CurrentCall } from "../../model/calls/current-call.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";

/** Everything that is done in a call, along the bottom. */
export const CallControls = observer(function CallControls({ current, onShow }: CallControlsProps) {
  const { media, phase, plan } = current;
  const chat = useRoot().chats.get(plan.chatId);
  const { muted, camera, isSharing } = media;
  const silent = muted || media.microphone === null;
  const talking = phase === "talking";
  return (
    <div className="call-controls" role="toolbar" aria-label={t("calls.controls")}>
      <IconButton
        icon={silent ? MicOff : Mic}
        label={silent ? t("calls.unmute") : t("calls.mute")}
        className="call-control"
        data-off={silent || undefined}
        onClick={() => (media.microphone === null ? void media.openMicrophone() : media.setMuted(!muted))}
      />
      <IconButton
        icon={camera === null ? VideoOff : Video}
        label={camera === null ? t("calls.cameraOn") : t("calls.cameraOff")}
        className="call-control"
        data-off={camera === null || undefined}
        onClick={() => void current.toggleCamera()}
      />
      {camera !== null && media.canSwitchCamera && (
        <IconButton
          icon={SwitchCamera}
          label={t("calls.switchCamera")}
          className="call-control"
          onClick={() => void media.switchCamera()}
        />
      )}
      {talking && media.canShareScreen && (
        <IconButton
          icon={isSharing ? MonitorX : MonitorUp}
          label={isSharing ? t("calls.stopSharing") : t("calls.share")}
          className="call-control"
          data-on={isSharing || undefined}
          onClick={() => void current.toggleScreen()}
        />
      )}
      {talking && document.pictureInPictureEnabled && current.others.some(({ video }) => video !== undefined) && (
        <IconButton
          icon={PictureInPicture2}
          label={t("calls.pictureInPicture")}
          className="call-control call-control-wide"
          onClick={() => void floatPicture()}
        />
      )}
      {current.joined !== null && chat?.isGroup === true && (
        <IconButton
          icon={UserPlus}
          label={t("calls.invite.open")}
          className="call-control"
          onClick={() => onShow("people")}
        />
      )}
      <IconButton
        icon={Settings2}
        label={t("calls.devices")}
        className="call-control"
        onClick={() => onShow("devices")}
      />
      <IconButton
        icon={PhoneOff}
        label={t("calls.hangUp")}
        className="call-control call-control-end"
        onClick={() => current.hangUp()}
      />
    </div>
  );
});

/** In and out. A browser that does not want to has said so. */
async function floatPicture(): Promise<void> {
  try {
    if (document.pictureInPictureElement !== null) await document.exitPictureInPicture();
    else await document.querySelector<HTMLVideoElement>("video[data-main]")?.requestPictureInPicture();
  } catch {}
}

interface CallControlsProps {
  readonly current: CurrentCall;
  readonly onShow: (what: "devices" | "people") => void;
}
