import { ArrowUp, Trash2 } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect, useRef, useState } from "react";
import { playTime } from "../../i18n/file-text.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Recording } from "../../model/recording.ts";
import type { Words } from "../../model/sending-file.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";

/** In place of the composer's line while somebody speaks. */
export const VoiceRecorder = observer(function VoiceRecorder({ chat, words, onEnd }: VoiceRecorderProps) {
  const { recorder, uploads, clock } = useRoot();
  const [recording] = useState(() => new Recording(() => clock.monotonic()));
  const send = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    void recording.begin(recorder);
    send.current?.focus();
    return () => recording.cancel();
  }, [recording, recorder]);
  const finish = async () => {
    const picked = await recording.finish(t("files.voiceName"));
    if (picked !== null) void uploads.sendNow(chat.chatId, picked, words);
    onEnd();
  };
  const { full, state, lengthMs, loudness } = recording;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it ends once
  useEffect(() => {
    if (full) void finish();
  }, [full]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc does what a button here does
    <div
      className="recorder"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onEnd();
      }}
    >
      <IconButton icon={Trash2} label={t("files.recordCancel")} className="composer-tool" onClick={onEnd} />
      {state === "refused" ? (
        <span className="recorder-text" role="alert">
          {t("files.recordRefused")}
        </span>
      ) : (
        <>
          <span className="recorder-dot" aria-hidden="true" />
          <span className="recorder-text" role="timer" aria-label={t("files.recording")}>
            {playTime(lengthMs)}
          </span>
          <meter
            className="recorder-level"
            aria-label={t("files.loudness")}
            min={0}
            max={1}
            value={Number(loudness.toFixed(2))}
          />
        </>
      )}
      <button
        ref={send}
        type="button"
        className="send"
        aria-label={t("files.recordSend")}
        title={t("files.recordSend")}
        aria-disabled={state !== "recording"}
        onClick={() => void finish()}
      >
        <ArrowUp aria-hidden="true" />
      </button>
    </div>
  );
});

export interface VoiceRecorderProps {
  readonly chat: Chat;
  /** What it answers. */
  readonly words: Words;
  readonly onEnd: () => void;
}
