import { Copy, Forward, Trash2, X } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect, useRef } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { TextMessage } from "../../model/message.ts";
import { copyText } from "../copy-text.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { isForwardable } from "./forwardable.ts";

/** In place of the composer while messages are picked. */
export const SelectionBar = observer(function SelectionBar({ chat }: { chat: Chat }) {
  const { ui, session } = useRoot();
  const { seqs } = chat.selection;
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => bar.current?.focus(), []);
  const picked = seqs.map((seq) => chat.at(seq)).filter((message): message is TextMessage => message?.kind === "text");
  const now = Date.now();
  const removable = picked.length > 0 && picked.every((message) => chat.mayRetract(message, now, session.retractMs));
  const forwardable = picked.length > 0 && picked.every(isForwardable);
  const copy = async () => {
    if (await copyText(picked.map(({ file, body }) => file?.caption ?? body.text).join("\n")))
      ui.tell({ kind: "copied" });
    chat.selection.end();
  };
  return (
    <div
      ref={bar}
      className="selection-bar"
      role="toolbar"
      aria-label={t("select.bar")}
      data-region="composer"
      tabIndex={-1}
    >
      <IconButton icon={X} label={t("select.end")} onClick={() => chat.selection.end()} />
      <span className="selection-count" role="status">
        {t("select.count", { count: seqs.length })}
      </span>
      <IconButton icon={Copy} label={t("message.copy")} disabled={picked.length === 0} onClick={() => void copy()} />
      <IconButton
        icon={Forward}
        label={t("forward.open")}
        disabled={!forwardable}
        onClick={() => ui.show({ name: "forward", seqs })}
      />
      <IconButton
        icon={Trash2}
        label={t("retract.open")}
        disabled={!removable}
        onClick={() => ui.show({ name: "retract", seqs })}
      />
    </div>
  );
});
