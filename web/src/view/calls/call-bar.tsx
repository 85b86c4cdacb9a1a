import { Maximize2, Mic, MicOff, PhoneOff } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { CurrentCall } from "../../model/calls/current-call.ts";
import { Avatar } from "../parts/avatar.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { CallTimer } from "./call-timer.tsx";
import { callTitle, linkWords } from "./call-words.ts";
import { TrackVideo } from "./track-video.tsx";

/** The call while one looks at something else. */
export const CallBar = observer(function CallBar({ current }: { current: CurrentCall }) {
  const root = useRoot();
  const { media, plan, talkingSince, phase, speakers, others } = current;
  const chat = root.chats.get(plan.chatId);
  const name = callTitle(root, plan.chatId);
  const shown =
    others.find(({ key, video }) => key === speakers.active && video !== undefined) ??
    others.find(({ video }) => video !== undefined);
  return (
    <section className="call-bar" aria-label={t("calls.inCallWith", { name })} data-region="call" tabIndex={-1}>
      <button type="button" className="call-bar-who" onClick={() => current.minimise(false)}>
        {shown?.video === undefined ? (
          <Avatar id={chat?.peerId ?? plan.chatId} name={name} group={chat?.isGroup ?? false} />
        ) : (
          <span className="call-bar-picture">
            <TrackVideo track={shown.video} label={name} main />
          </span>
        )}
        <span className="call-bar-text">
          <span className="call-bar-name">{name}</span>
          <span className="call-bar-status">
            {talkingSince === null ? (
              t(phase === "ringing" ? "calls.ringing" : "calls.calling")
            ) : (
              <CallTimer since={talkingSince} />
            )}
            {talkingSince !== null && <span className="call-bar-link">{linkWords(root, current)}</span>}
          </span>
        </span>
        <Maximize2 aria-hidden="true" />
        <span className="unseen">{t("calls.expand")}</span>
      </button>
      <IconButton
        icon={media.muted ? MicOff : Mic}
        label={media.muted ? t("calls.unmute") : t("calls.mute")}
        onClick={() => media.setMuted(!media.muted)}
      />
      <IconButton icon={PhoneOff} label={t("calls.hangUp")} className="call-bar-end" onClick={() => current.hangUp()} />
    </section>
  );
});
