import { ArrowUp } from "lucide-react";
import { observer } from "mobx-react-lite";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { useRoot } from "../root-context.ts";
import { ComposerLimit } from "./composer-limit.tsx";
import { bytesOf } from "./text-bytes.ts";

/** Where a keyboard is at hand the composer takes the focus; on a phone this would hide half of the conversation. */
const HAS_KEYBOARD = window.matchMedia("(hover: hover) and (pointer: fine)");
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

export const Composer = observer(function Composer({ chat }: { chat: Chat }) {
  const root = useRoot();
  const { drafts, preferences, session } = root;
  const box = useRef<HTMLTextAreaElement>(null);
  const text = drafts.text(chat.chatId);
  const over = bytesOf(text) > session.textBytesMax;
  const sendable = text.trim() !== "" && !over;

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

  const write = (next: string) => {
    drafts.set(chat.chatId, next);
    chat.tellTyping(next.trim() !== "");
  };
  const send = () => {
    if (!sendable) return;
    drafts.set(chat.chatId, "");
    chat.tellTyping(false);
    void root
      .attempt(() => chat.send(text.trim()))
      .then((sent) => {
        // It could not be kept: the text must not be lost with it.
        if (!sent && drafts.text(chat.chatId) === "") drafts.set(chat.chatId, text);
      });
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
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
      <ComposerLimit text={text} max={session.textBytesMax} />
      <div className="composer-box">
        <textarea
          ref={box}
          rows={1}
          aria-label={t("composer.label", { title: chat.title })}
          placeholder={t("composer.placeholder")}
          enterKeyHint={preferences.sendKey === "enter" ? "send" : "enter"}
          data-region="composer"
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => chat.tellTyping(false)}
        />
        <button
          type="submit"
          className="send"
          aria-label={t("composer.send")}
          title={t("composer.send")}
          disabled={!sendable}
        >
          <ArrowUp aria-hidden="true" />
        </button>
      </div>
    </form>
  );
});
