import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { useRoot } from "../root-context.ts";

/** Who is writing, above the composer; the line is always there, so that nothing jumps. */
export const TypingLine = observer(function TypingLine({ chat }: { chat: Chat }) {
  const text = useTypingText(chat);
  return (
    <div className="typing-line" role="status">
      {text !== "" && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span>{text}</span>
        </>
      )}
    </div>
  );
});

export function useTypingText(chat: Chat): string {
  const { people } = useRoot();
  const names = chat.typing.userIds.map((userId) => people.name(userId) ?? t("common.somebody"));
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return t("chat.typingOne", { name: first });
  return names.length === 2 ? t("chat.typingTwo", { first, second }) : t("chat.typingMany");
}
