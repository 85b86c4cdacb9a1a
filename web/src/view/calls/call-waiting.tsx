import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { CurrentCall } from "../../model/calls/current-call.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useRoot } from "../root-context.ts";
import { callTitle } from "./call-words.ts";
import { TrackVideo } from "./track-video.tsx";

/** Before somebody answers. */
export const CallWaiting = observer(function CallWaiting({ current }: { current: CurrentCall }) {
  const root = useRoot();
  const { plan, phase, media } = current;
  const chat = root.chats.get(plan.chatId);
  const title = callTitle(root, plan.chatId);
  const doing = {
    asking: t(plan.name === "join" ? "calls.joining" : "calls.asking"),
    calling: t("calls.calling"),
    ringing: t("calls.ringing"),
  };
  return (
    <div className="call-waiting">
      {media.camera !== null && <TrackVideo track={media.camera} label={t("calls.lobby.preview")} mirrored />}
      <div className="call-waiting-who" data-phase={phase}>
        <span className="call-pulse">
          <Avatar id={chat?.peerId ?? plan.chatId} name={title} group={chat?.isGroup ?? false} />
        </span>
        <h2 className="call-waiting-name">{title}</h2>
        <p className="call-waiting-phase" role="status">
          {phase === "calling" || phase === "ringing" ? doing[phase] : doing.asking}
        </p>
      </div>
    </div>
  );
});
