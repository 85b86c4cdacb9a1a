import { limits } from "@parley/protocol";
import { ArrowUp, CalendarClock, Mic } from "lucide-react";
import { observer } from "mobx-react-lite";
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { waitText } from "../../i18n/durations.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { PickedFile, Words } from "../../model/sending-file.ts";
import type { Task } from "../../model/writing.ts";
import { DropZone } from "../files/drop-zone.tsx";
import { holdsFiles, pickedFrom } from "../files/picked.ts";
import { StagedFiles } from "../files/staged-files.tsx";
import { laterPart } from "../later-part.tsx";
import { beginEdit } from "../messages/begin-edit.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { useSteady } from "../use-steady.ts";
import { AttachButton, type FilePicker } from "./attach-button.tsx";
import { ComposerLimit } from "./composer-limit.tsx";
import { EmojiButton } from "./emoji-button.tsx";
import { MentionList } from "./mention-list.tsx";
import { ShortcodeList } from "./shortcode-list.tsx";
import { bytesOf } from "./text-bytes.ts";
import { noteTyped } from "./typed-at.ts";
import { useMentions } from "./use-mentions.ts";
import { useShortcodes } from "./use-shortcodes.ts";
import { WritingStrip } from "./writing-strip.tsx";

/** Where a keyboard is at hand the composer takes the focus; on a phone this would hide half of the conversation. */
const HAS_KEYBOARD = window.matchMedia("(hover: hover) and (pointer: fine)");
/** Fetched when somebody wants to speak. */
const VoiceRecorder = laterPart(async () => (await import("../files/voice-recorder.tsx")).VoiceRecorder);
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

/** `waitMs`: so long one may write, but not send yet. */
export const Composer = observer(function Composer({ chat, waitMs }: { chat: Chat; waitMs: number }) {
  const root = useRoot();
  const { drafts, preferences, session, uploads } = root;
  const box = useRef<HTMLTextAreaElement>(null);
  const text = drafts.text(chat.chatId);
  const files = uploads.staged(chat.chatId).filter(({ refusal }) => refusal === null);
  // Beside files the words are a caption.
  const most = files.length === 0 ? session.textBytesMax : Math.min(limits.CAPTION_MAX, session.textBytesMax);
  const over = bytesOf(text) > most;
  const sendable = (text.trim() !== "" || files.length > 0) && !over && waitMs === 0;
  const [speaking, setSpeaking] = useState(false);
  const picker = useRef<FilePicker>(null);

  useEffect(() => {
    if (HAS_KEYBOARD.matches) box.current?.focus();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const area = box.current;
    if (area === null || GROWS_BY_ITSELF) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const [caret, setCaret] = useState(0);
  /** Puts words in place of those before the caret. */
  const insert = (words: string, count = 0) => {
    const area = box.current;
    const end = area?.selectionEnd ?? text.length;
    const start = (area?.selectionStart ?? text.length) - count;
    write(text.slice(0, start) + words + text.slice(end));
    caretAfter.current = start + words.length;
  };
  const caretAfter = useRef<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caret follows the text that was put in
  useLayoutEffect(() => {
    if (caretAfter.current === null) return;
    box.current?.setSelectionRange(caretAfter.current, caretAfter.current);
    setCaret(caretAfter.current);
    caretAfter.current = null;
  }, [text]);
  const shortcodes = useShortcodes(text.slice(0, caret), (count, emoji) => insert(emoji, count));
  const mentions = useMentions(chat, text.slice(0, caret), (count, words) => insert(words, count));
  const listId = useId();
  const list = [shortcodes, mentions].find(({ offered }) => offered.length > 0) ?? null;
  const { task, calls } = chat.writing;
  // Somebody chose to answer or to change a message: its words stand in the composer, and the caret behind them.
  useEffect(() => {
    const area = box.current;
    if (calls === 0 || area === null) return;
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }, [calls]);

  const write = (next: string) => {
    noteTyped();
    drafts.set(chat.chatId, next);
    chat.tellTyping(next.trim() !== "");
  };
  /** Back to plain writing; a change that was begun is dropped. */
  const cancel = () => {
    if (task?.name === "edit") drafts.set(chat.chatId, task.before);
    chat.writing.end();
    box.current?.focus();
  };
  const editLast = (): boolean => {
    const last = chat.lastEditable(Date.now(), session.retractMs);
    if (last !== undefined) beginEdit(root, chat, last);
    return last !== undefined;
  };
  const stage = useSteady((picked: readonly PickedFile[]) => {
    if (task?.name === "edit") cancel();
    box.current?.focus();
    void uploads.stage(chat.chatId, picked).then((all) => all || root.ui.tell({ kind: "tooManyFiles" }));
  });
  // What stands beside the text is not drawn again with each letter.
  const focus = useSteady(() => box.current?.focus());
  const insertEmoji = useSteady((emoji: string) => insert(emoji));
  const sendLater = useSteady(() => root.ui.show({ name: "sendLater", chatId: chat.chatId }));
  const speak = useSteady(() => setSpeaking(true));
  const send = () => {
    if (!sendable) return;
    const words = text.trim();
    drafts.set(chat.chatId, task?.name === "edit" ? task.before : "");
    chat.writing.end();
    chat.tellTyping(false);
    box.current?.focus();
    if (files.length > 0 && task?.name !== "edit") {
      uploads.send(chat.chatId, wordsBeside(words, task));
      return;
    }
    void root
      .attempt(() => (task?.name === "edit" ? chat.edit(task.message, words) : chat.send(words, task?.to.seq)))
      .then((sent) => {
        if (!sent && task !== null && chat.writing.task === null) chat.writing.begin(task);
        // It could not be kept: the text must not be lost with it.
        if (!sent && drafts.text(chat.chatId) === "") drafts.set(chat.chatId, text);
      });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.nativeEvent.isComposing && (shortcodes.onKeyDown(event) || mentions.onKeyDown(event))) return;
    if (event.key === "Escape" && task !== null) {
      event.preventDefault();
      event.stopPropagation();
      cancel();
      return;
    }
    if (event.key.toLowerCase() === "u" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      picker.current?.pick();
      return;
    }
    const plain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
    if (event.key === "ArrowUp" && plain && text === "" && task === null && editLast()) return event.preventDefault();
    // While an input method composes, Enter takes its proposal.
    if (event.key !== "Enter" || event.nativeEvent.isComposing || event.shiftKey) return;
    const withCtrl = event.ctrlKey || event.metaKey;
    if (preferences.sendKey === "enter" ? event.altKey : !withCtrl) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {waitMs > 0 && <p className="composer-limit">{t("composer.slow", { time: waitText(waitMs) })}</p>}
      <ComposerLimit text={text} max={most} />
      {shortcodes.offered.length > 0 && (
        <ShortcodeList
          id={listId}
          text={shortcodes.text}
          offered={shortcodes.offered}
          index={shortcodes.index}
          onPick={shortcodes.pick}
        />
      )}
      {mentions.offered.length > 0 && (
        <MentionList id={listId} offered={mentions.offered} index={mentions.index} onPick={mentions.pick} />
      )}
      {task !== null && <WritingStrip task={task} onCancel={cancel} />}
      <StagedFiles chat={chat} onChanged={focus} />
      <DropZone title={chat.title} onFiles={stage} />
      {speaking && (
        <VoiceRecorder
          chat={chat}
          words={task?.name === "reply" ? wordsBeside("", task) : {}}
          onEnd={() => {
            setSpeaking(false);
            if (task?.name === "reply") chat.writing.end();
            // The box is shown again first.
            requestAnimationFrame(() => box.current?.focus());
          }}
        />
      )}
      <div className="composer-box" hidden={speaking}>
        <AttachButton ref={picker} onFiles={stage} />
        <textarea
          ref={box}
          rows={1}
          aria-label={t("composer.label", { title: chat.title })}
          placeholder={t("composer.placeholder")}
          enterKeyHint={preferences.sendKey === "enter" ? "send" : "enter"}
          data-region="composer"
          value={text}
          {...(list === null ? {} : { "aria-controls": listId, "aria-activedescendant": `${listId}-${list.index}` })}
          onChange={(event) => {
            const { value, selectionEnd } = event.target;
            const whole = shortcodes.whole(value.slice(0, selectionEnd));
            if (whole === null) write(value);
            else {
              write(value.slice(0, selectionEnd - whole.count) + whole.emoji + value.slice(selectionEnd));
              caretAfter.current = selectionEnd - whole.count + whole.emoji.length;
            }
            setCaret(selectionEnd);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionEnd)}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            if (!holdsFiles(event.clipboardData) || event.clipboardData.types.includes("text/plain")) return;
            event.preventDefault();
            stage(pickedFrom(event.clipboardData));
          }}
          onBlur={() => chat.tellTyping(false)}
        />
        <EmojiButton onPick={insertEmoji} onClose={focus} />
        {sendable && files.length === 0 && (
          <IconButton
            icon={CalendarClock}
            label={t("scheduled.sendLater")}
            className="send-later"
            onClick={sendLater}
          />
        )}
        {root.recorder.able && text === "" && files.length === 0 && task?.name !== "edit" && waitMs === 0 && (
          <IconButton icon={Mic} label={t("files.record")} className="composer-tool" onClick={speak} />
        )}
        <button
          type="submit"
          className="send"
          aria-label={t("composer.send")}
          title={t("composer.send")}
          disabled={!sendable}
          onContextMenu={(event) => {
            event.preventDefault();
            if (files.length === 0) sendLater();
          }}
        >
          {SEND}
        </button>
      </div>
    </form>
  );
});

const SEND = <ArrowUp aria-hidden="true" />;

function wordsBeside(caption: string, task: Extract<Task, { name: "reply" }> | null): Words {
  const replyTo = task?.to.seq;
  return { ...(caption === "" ? {} : { caption }), ...(replyTo === undefined ? {} : { replyTo }) };
}
