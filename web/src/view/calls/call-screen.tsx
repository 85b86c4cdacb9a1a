import { observer } from "mobx-react-lite";
import { Dialog } from "radix-ui";
import { useRef, useState } from "react";
import { t } from "../../i18n/call-texts.ts";
import type { CurrentCall } from "../../model/calls/current-call.ts";
import { useFocusBack } from "../parts/focus-back.ts";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { CallControls } from "./call-controls.tsx";
import { CallEnded } from "./call-ended.tsx";
import { CallHead } from "./call-head.tsx";
import { CallStage } from "./call-stage.tsx";
import { CallWaiting } from "./call-waiting.tsx";
import { blockedWords, callTitle, personName } from "./call-words.ts";
import { DevicePickers } from "./device-pickers.tsx";
import { InvitePeople } from "./invite-people.tsx";
import { MediaProblems } from "./media-problems.tsx";

/** The call, over everything. It is dark in every theme, as a cinema is. */
export const CallScreen = observer(function CallScreen({ current }: { current: CurrentCall }) {
  const root = useRoot();
  const { phase, ending, media } = current;
  const [shown, setShown] = useState<"devices" | "people" | null>(null);
  const content = useRef<HTMLDivElement>(null);
  const focusBack = useFocusBack(content);
  const name = callTitle(root, current.plan.chatId);
  const chat = root.chats.get(current.plan.chatId);
  const leaveScreen = () => (phase === "ended" ? current.close() : current.minimise());
  return (
    <Dialog.Root open onOpenChange={(open) => open || leaveScreen()}>
      <Dialog.Portal>
        <Dialog.Content
          ref={content}
          className="call-screen"
          data-scheme="dark"
          data-accent={root.preferences.accent}
          data-phase={phase}
          aria-describedby={undefined}
          {...focusBack}
          onPointerDownOutside={(event) => event.preventDefault()}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <Dialog.Title className="unseen">{t("calls.inCallWith", { name })}</Dialog.Title>
          {ending !== null ? (
            <CallEnded current={current} ending={ending} />
          ) : (
            <>
              {phase === "talking" ? (
                <>
                  <CallHead current={current} />
                  <CallStage current={current} />
                </>
              ) : (
                <CallWaiting current={current} />
              )}
              <CallNotes current={current} />
              <CallControls current={current} onShow={setShown} />
            </>
          )}
          {shown === "devices" && ending === null && (
            <Modal title={t("calls.devices")} onClose={() => setShown(null)}>
              <DevicePickers media={media} />
            </Modal>
          )}
          {shown === "people" && ending === null && chat !== undefined && (
            <InvitePeople current={current} chat={chat} onClose={() => setShown(null)} />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
});

/** What a person should know while they talk. */
const CallNotes = observer(function CallNotes({ current }: { current: CurrentCall }) {
  const root = useRoot();
  const { media, awaited, phase } = current;
  const blocked = blockedWords(current);
  const waiting = phase === "talking" ? awaited.map((userId) => personName(root, userId)).join(", ") : "";
  return (
    <div className="call-notes">
      <MediaProblems media={media} />
      <div role="status">
        {blocked !== null && <p className="call-note call-note-warn">{blocked}</p>}
        {media.paused && media.camera !== null && <p className="call-note">{t("calls.withoutPictures")}</p>}
        {media.isSharing && <p className="call-note">{t("calls.sharing")}</p>}
        {waiting !== "" && <p className="call-note">{t("calls.waitingFor", { names: waiting })}</p>}
      </div>
    </div>
  );
});
