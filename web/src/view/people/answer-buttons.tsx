import type { UserId } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Answer } from "../../model/contacts.ts";
import { useRoot } from "../root-context.ts";

const ANSWERS = [
  ["accept", "contacts.accept", "contacts.acceptFrom", "button-primary"],
  ["refuse", "contacts.refuse", "contacts.refuseFrom", "button-quiet"],
  ["ignore", "contacts.ignore", "contacts.ignoreFrom", "button-quiet"],
] as const satisfies readonly (readonly [Answer, string, string, string])[];

/** Refusing is told to who asked, ignoring is not. */
export const AnswerButtons = observer(function AnswerButtons({ userId, name }: { userId: UserId; name: string }) {
  const root = useRoot();
  return (
    <div className="answer-buttons">
      {ANSWERS.map(([answer, text, label, look]) => (
        <button
          key={answer}
          type="button"
          className={`button ${look}`}
          aria-label={t(label, { name })}
          onClick={() => void root.attempt(() => root.contacts.answer(userId, answer))}
        >
          {t(text)}
        </button>
      ))}
    </div>
  );
});
