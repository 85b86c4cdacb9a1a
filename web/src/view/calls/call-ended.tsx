import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { CallEnding, CurrentCall } from "../../model/calls/current-call.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useRoot } from "../root-context.ts";
import { callTitle, endingWords } from "./call-words.ts";

/** Why it is over, and what one can do. */
export const CallEnded = observer(function CallEnded({
  current,
  ending,
}: {
  current: CurrentCall;
  ending: CallEnding;
}) {
  const root = useRoot();
  const { plan } = current;
  const chat = root.chats.get(plan.chatId);
  const title = callTitle(root, plan.chatId);
  const again = async () => {
    current.close();
    const calls = await root.calls.open();
    const going = calls.inChat(plan.chatId);
    if (going !== null) await calls.accept(going, plan.video);
    else if (chat !== undefined) await calls.begin(chat, plan.video);
  };
  const done = ending.name === "over" || ending.name === "cancelled";
  return (
    <div className="call-waiting">
      <div className="call-waiting-who">
        <span className="call-pulse">
          <Avatar id={chat?.peerId ?? plan.chatId} name={title} group={chat?.isGroup ?? false} />
        </span>
        <h2 className="call-waiting-name">{title}</h2>
        <p className="call-waiting-phase" role="alert">
          {endingWords(ending, chat)}
        </p>
        <div className="call-ended-actions">
          {!done && (
            <button type="button" className="button button-primary" onClick={() => void root.attempt(again)}>
              {ending.name === "lost" ? t("calls.ended.rejoin") : t("calls.ended.again")}
            </button>
          )}
          <button type="button" className="button button-quiet" onClick={() => current.close()}>
            {t("calls.ended.close")}
          </button>
        </div>
      </div>
    </div>
  );
});
