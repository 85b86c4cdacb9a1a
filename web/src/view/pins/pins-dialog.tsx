import { PinOff } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { usePinText } from "./use-pin-text.ts";

/** All pinned messages, the last one first. */
export const PinsDialog = observer(function PinsDialog({ chat }: { chat: Chat }) {
  const root = useRoot();
  const { pins } = chat;
  const textOf = usePinText();
  const show = (seq: number) => {
    root.ui.show(null);
    void chat.show(seq);
  };
  return (
    <Modal title={t("pins.title")} onClose={() => root.ui.show(null)}>
      {pins.shown.length === 0 ? (
        <p className="dialog-text">{t("pins.none")}</p>
      ) : (
        <ul className="pin-list">
          {pins.shown.map((seq) => (
            <li key={seq}>
              <button type="button" className="pin-list-jump" onClick={() => show(seq)}>
                {textOf(pins.messages.get(seq))}
              </button>
              {chat.mayPin && (
                <IconButton
                  icon={PinOff}
                  label={t("pins.unpin")}
                  onClick={() => void root.attempt(() => pins.pin(seq, false))}
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </Modal>
  );
});
