import { limits } from "@parley/protocol";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Field } from "../parts/field.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { Modal } from "../parts/modal.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "../welcome/use-form.ts";

/** A question to everybody in the chat. */
export function PollDialog({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState<readonly string[]>(["", ""]);
  const [multiple, setMultiple] = useState(false);
  const [anonymous, setAnonymous] = useState(false);
  const [closes, setCloses] = useState("");
  const given = options.map((option) => option.trim()).filter((option) => option !== "");
  const ready = question.trim() !== "" && given.length >= limits.POLL_OPTIONS_MIN;
  const { busy, failure, submit } = useForm(async () => {
    const closesAt = closes === "" ? null : new Date(closes).getTime();
    const poll = { question: question.trim(), options: given, multiple, anonymous };
    await chat.ask({ ...poll, ...(closesAt === null ? {} : { closesAt }) });
    ui.show(null);
  });
  return (
    <Modal title={t("polls.create")} onClose={() => ui.show(null)}>
      <form className="form" onSubmit={submit}>
        <Field
          label={t("polls.question")}
          data-focus-first
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
          maxLength={limits.POLL_TEXT_MAX}
          autoComplete="off"
          required
        />
        {options.map((option, at) => (
          <Field
            // biome-ignore lint/suspicious/noArrayIndexKey: options may be the same; their places are what they are
            key={at}
            label={t("polls.option", { number: at + 1 })}
            value={option}
            onChange={(event) => setOptions(options.with(at, event.target.value))}
            maxLength={limits.POLL_TEXT_MAX}
            autoComplete="off"
            trailing={
              options.length > limits.POLL_OPTIONS_MIN && (
                <IconButton
                  icon={X}
                  label={t("polls.removeOption", { number: at + 1 })}
                  onClick={() => setOptions(options.toSpliced(at, 1))}
                />
              )
            }
          />
        ))}
        {options.length < limits.POLL_OPTIONS_MAX && (
          <button type="button" className="button button-text" onClick={() => setOptions([...options, ""])}>
            <Plus aria-hidden="true" />
            {t("polls.addOption")}
          </button>
        )}
        <Toggle label={t("polls.multiple")} checked={multiple} onChange={setMultiple} />
        <Toggle
          label={t("polls.anonymousChoice")}
          hint={t("polls.anonymousHint")}
          checked={anonymous}
          onChange={setAnonymous}
        />
        <Field
          label={t("polls.closes")}
          hint={t("polls.closesHint")}
          type="datetime-local"
          value={closes}
          onChange={(event) => setCloses(event.target.value)}
        />
        {failure !== null && (
          <p className="notice notice-danger" role="alert">
            {problemText(failure)}
          </p>
        )}
        <button type="submit" className="button button-primary" disabled={busy || !ready}>
          {t("polls.ask")}
        </button>
      </form>
    </Modal>
  );
}
