import { Phone, Video } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { t } from "../../i18n/call-texts.ts";
import { RUNG_MAX } from "../../model/calls/calls.ts";
import type { CurrentCall } from "../../model/calls/current-call.ts";
import type { Chat } from "../../model/chat.ts";
import { Modal } from "../parts/modal.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { useRoot } from "../root-context.ts";
import { DevicePickers } from "./device-pickers.tsx";
import { TrackVideo } from "./track-video.tsx";

/** Before anything rings: is one heard and seen, and who is rung? */
export const CallLobby = observer(function CallLobby({ current }: { current: CurrentCall }) {
  const root = useRoot();
  const { media, plan } = current;
  const chat = root.chats.get(plan.chatId);
  const name = chat?.title ?? t("common.somebody");
  const title =
    plan.name === "join"
      ? t("calls.lobby.join")
      : t(chat?.isGroup ? "calls.lobby.beginGroup" : "calls.lobby.begin", { name });
  const ringsNobody = plan.name === "begin" && chat?.isGroup === true && current.invited.length === 0;
  const Icon = plan.video ? Video : Phone;
  const deaf = media.microphone === null;
  const go = plan.name === "join" ? t("calls.lobby.answer") : t("calls.lobby.start");
  return (
    <Modal title={title} onClose={() => current.hangUp()}>
      <div className="call-lobby">
        {plan.video && (
          <div className="call-preview">
            {media.camera === null ? (
              <span className="field-hint">{t("calls.lobby.noPicture")}</span>
            ) : (
              <TrackVideo track={media.camera} label={t("calls.lobby.preview")} mirrored />
            )}
          </div>
        )}
        <DevicePickers media={media} />
        {plan.name === "begin" && chat?.isGroup === true && <WhoIsRung current={current} chat={chat} />}
        <div className="dialog-actions">
          <button type="button" className="button button-quiet" onClick={() => current.hangUp()}>
            {t("calls.cancel")}
          </button>
          <button
            type="button"
            className="button button-primary"
            disabled={ringsNobody || (deaf && media.microphoneProblem === null)}
            onClick={() => void current.go()}
          >
            <Icon aria-hidden="true" />
            {deaf && media.microphoneProblem !== null ? t("calls.lobby.without") : go}
          </button>
        </div>
      </div>
    </Modal>
  );
});

const WhoIsRung = observer(function WhoIsRung({ current, chat }: { current: CurrentCall; chat: Chat }) {
  const { session, people } = useRoot();
  const { invited } = current;
  useEffect(() => void chat.members.load(), [chat]);
  const others = chat.members.userIds.filter((userId) => userId !== session.userId);
  if (others.length <= RUNG_MAX) return null;
  const set = (userId: string, on: boolean) =>
    current.choose(on ? [...invited, userId].slice(0, RUNG_MAX) : invited.filter((one) => one !== userId));
  return (
    <fieldset className="call-who">
      <legend className="field-label">{t("calls.lobby.who")}</legend>
      <p className="field-hint">{t("calls.lobby.whoHint", { count: RUNG_MAX })}</p>
      {others.map((userId) => (
        <Toggle
          key={userId}
          label={people.name(userId) ?? t("common.somebody")}
          checked={invited.includes(userId)}
          onChange={(on) => set(userId, on)}
        />
      ))}
    </fieldset>
  );
});
