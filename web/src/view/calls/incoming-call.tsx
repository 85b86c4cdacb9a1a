import type { Call } from "@parley/protocol";
import { BellOff, Phone, PhoneOff, Video } from "lucide-react";
import { observer } from "mobx-react-lite";
import { AlertDialog } from "radix-ui";
import { useRef } from "react";
import { t } from "../../i18n/call-texts.ts";
import type { Calls } from "../../model/calls/calls.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useFocusBack } from "../parts/focus-back.ts";
import { useRoot } from "../root-context.ts";
import { callTitle, personName } from "./call-words.ts";
import { CallsNeed } from "./calls-need.tsx";

/**
 * Somebody calls. The focus goes to the window itself and to no button: who is just typing neither answers nor
 * declines by a key that was meant for a letter.
 */
export const IncomingCall = observer(function IncomingCall({ call, calls }: { call: Call; calls: Calls }) {
  const root = useRoot();
  const content = useRef<HTMLDivElement>(null);
  const focusBack = useFocusBack(content);
  const able = root.calls.able === "yes";
  const chat = root.chats.get(call.chatId);
  const name = personName(root, call.caller);
  const what = t(call.video ? "calls.incomingVideo" : "calls.incomingVoice");
  const inChat = chat?.isGroup ? t("calls.incomingIn", { what, chat: callTitle(root, call.chatId) }) : what;
  const accept = (video: boolean) => void root.attempt(() => calls.accept(call, video));
  return (
    <AlertDialog.Root open>
      <AlertDialog.Portal>
        <div className="scrim call-scrim" />
        <AlertDialog.Content
          ref={content}
          className="incoming"
          aria-modal="true"
          tabIndex={-1}
          {...focusBack}
          onEscapeKeyDown={(event) => event.preventDefault()}
        >
          <span className="call-pulse">
            <Avatar id={call.caller} name={name} />
          </span>
          <AlertDialog.Title className="incoming-name">{t("calls.incoming", { name })}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="incoming-what">
              {inChat}
              {!able && (
                <div className="incoming-unable">
                  <p className="incoming-unable-title">{t("calls.need.here")}</p>
                  <CallsNeed able={root.calls.able} />
                </div>
              )}
            </div>
          </AlertDialog.Description>
          <div className="incoming-actions">
            <button
              type="button"
              className="incoming-action incoming-decline"
              onClick={() => void root.attempt(() => calls.decline(call))}
            >
              <span>
                <PhoneOff aria-hidden="true" />
              </span>
              {t("calls.decline")}
            </button>
            {able ? (
              <>
                <button type="button" className="incoming-action incoming-accept" onClick={() => accept(false)}>
                  <span>
                    <Phone aria-hidden="true" />
                  </span>
                  {t("calls.acceptVoice")}
                </button>
                <button type="button" className="incoming-action incoming-accept" onClick={() => accept(true)}>
                  <span>
                    <Video aria-hidden="true" />
                  </span>
                  {t("calls.acceptVideo")}
                </button>
              </>
            ) : (
              <button type="button" className="incoming-action incoming-hide" onClick={() => calls.hide(call)}>
                <span>
                  <BellOff aria-hidden="true" />
                </span>
                {t("calls.need.hide")}
              </button>
            )}
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
});
