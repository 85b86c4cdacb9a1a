import { List, Pin } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { usePinText } from "./use-pin-text.ts";

/** What is pinned, on top of the conversation: the last one, and the way to all. */
export const PinBar = observer(function PinBar({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  const textOf = usePinText();
  const [newest, ...others] = chat.pins.shown;
  if (newest === undefined) return null;
  return (
    <div className="pin-bar">
      <button type="button" className="pin-bar-jump" onClick={() => void chat.show(newest)}>
        <Pin aria-hidden="true" />
        <span className="pin-bar-text">
          <span className="pin-bar-label">{t("pins.pinned")}</span>
          <span className="pin-bar-words">{textOf(chat.pins.messages.get(newest))}</span>
        </span>
      </button>
      {others.length > 0 && (
        <IconButton
          icon={List}
          label={t("pins.all", { count: chat.pins.shown.length })}
          onClick={() => ui.show({ name: "pins" })}
        />
      )}
    </div>
  );
});
