import { Pause, Play, RotateCcw, X } from "lucide-react";
import { observer } from "mobx-react-lite";
import { sizeText } from "../../i18n/file-text.ts";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { SendingFile } from "../../model/sending-file.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { iconOf } from "./file-card.tsx";
import { UnfinishedLine } from "./unfinished-line.tsx";

/** At the end of the conversation: files on their way into it. */
export const SendingLines = observer(function SendingLines({ chat }: { chat: Chat }) {
  const { uploads } = useRoot();
  const sending = uploads.sending(chat.chatId);
  const unfinished = uploads.unfinished(chat.chatId);
  if (sending.length + unfinished.length === 0) return null;
  return (
    <ul className="sending-lines" aria-label={t("files.sendingList")}>
      {unfinished.map((one) => (
        <li key={one.fileId} className="line">
          <UnfinishedLine unfinished={one} />
        </li>
      ))}
      {sending.map((file) => (
        <li key={file.key} className="line">
          <SendingLine file={file} />
        </li>
      ))}
    </ul>
  );
});

const SendingLine = observer(function SendingLine({ file }: { file: SendingFile }) {
  const { uploads } = useRoot();
  const { name, size, state, url, doneBytes, paused } = file;
  const Icon = iconOf(file.type);
  const failed = state.name === "failed";
  return (
    <div className={failed ? "sending sending-failed" : "sending"}>
      <span className="file-icon">
        {url !== null && file.kind === "image" ? <img src={url} alt="" /> : <Icon aria-hidden="true" />}
      </span>
      <span className="card-text">
        <span className="file-name" dir="auto">
          {name}
        </span>
        {!failed && (
          <progress
            aria-label={t("files.progress", { name })}
            max={size}
            {...(doneBytes ? { value: doneBytes } : {})}
          />
        )}
        <span className="card-note" role={failed ? "alert" : undefined}>
          {stateText(file)}
        </span>
      </span>
      <span className="sending-buttons">
        {failed && <IconButton icon={RotateCcw} label={t("files.retry", { name })} onClick={() => void file.retry()} />}
        {!failed && paused && (
          <IconButton icon={Play} label={t("files.resume", { name })} onClick={() => file.resume()} />
        )}
        {!failed && !paused && (
          <IconButton
            icon={Pause}
            label={t("files.pauseSending", { name })}
            disabled={state.name !== "uploading" || file.awaitsTurn}
            onClick={() => file.pause()}
          />
        )}
        <IconButton icon={X} label={t("files.cancel", { name })} onClick={() => uploads.drop(file)} />
      </span>
    </div>
  );
});

function stateText({ state, size, doneBytes }: SendingFile): string {
  if (state.name === "failed") return problemText(state.failure);
  if (state.name !== "uploading") return t("files.preparing");
  const done = t("files.done", { done: sizeText(doneBytes ?? 0), size: sizeText(size) });
  switch (state.upload.name) {
    case "queued":
      return t("files.queued");
    case "reading":
      return t("files.preparing");
    case "waiting":
      return t("files.waiting", { done });
    case "paused":
      return t("files.paused", { done });
    case "checking":
      return t("files.checking");
    case "done":
      return t("files.turn");
    default:
      return done;
  }
}
