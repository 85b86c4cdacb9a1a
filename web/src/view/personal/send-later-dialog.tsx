import type { NewContent } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useId, useState } from "react";
import { fullDate, inputMoment, nextMorning, nextWeek } from "../../i18n/dates.ts";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Field } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "../welcome/use-form.ts";

const HOUR_MS = 3_600_000;

/** When to send what is written; or another text or time for what is scheduled. */
export const SendLaterDialog = observer(function SendLaterDialog({ chat, clientId }: SendLaterProps) {
  const { ui, clock, drafts, scheduled, newClientId } = useRoot();
  const known = scheduled.messages.find((message) => message.clientId === clientId);
  const [now] = useState(() => clock.now());
  const [at, setAt] = useState(() => (known !== undefined && known.at > now ? known.at : now + HOUR_MS));
  const [words, setWords] = useState(
    known?.content.kind === "text" ? known.content.body.text : drafts.text(chat.chatId).trim(),
  );
  const textId = useId();
  const isText = known === undefined || known.content.kind === "text";
  const { busy, failure, submit } = useForm(async () => {
    const content: NewContent = isText
      ? { kind: "text", body: { ...textBodyOf(known?.content), text: words.trim() } }
      : known.content;
    await scheduled.schedule(chat.chatId, clientId ?? newClientId(), content, at);
    if (clientId === undefined) drafts.set(chat.chatId, "");
    ui.show(clientId === undefined ? null : { name: "scheduled" });
    ui.tell({ kind: "scheduled", at });
  });
  const presets = [
    { label: t("scheduled.inAnHour"), at: now + HOUR_MS },
    { label: t("scheduled.tomorrow"), at: nextMorning(now) },
    { label: t("scheduled.nextWeek"), at: nextWeek(now) },
  ];
  return (
    <Modal
      title={clientId === undefined ? t("scheduled.sendLater") : t("scheduled.change")}
      onClose={() => ui.show(clientId === undefined ? null : { name: "scheduled" })}
    >
      <form className="form" onSubmit={submit}>
        {isText && (
          <div className="field">
            <label className="field-label" htmlFor={textId}>
              {t("scheduled.text")}
            </label>
            <textarea
              id={textId}
              className="field-area"
              rows={3}
              value={words}
              maxLength={limits.TEXT_MAX_BYTES}
              onChange={(event) => setWords(event.target.value)}
            />
          </div>
        )}
        <fieldset className="presets">
          <legend className="field-label">{t("scheduled.when")}</legend>
          {presets.map((preset) => (
            <button
              key={preset.label}
              type="button"
              className="button button-quiet"
              aria-pressed={at === preset.at}
              onClick={() => setAt(preset.at)}
            >
              {preset.label}
            </button>
          ))}
        </fieldset>
        <Field
          label={t("scheduled.exactly")}
          type="datetime-local"
          value={inputMoment(at)}
          min={inputMoment(now)}
          max={inputMoment(now + limits.SCHEDULE_AHEAD_MAX_MS)}
          hint={fullDate(at)}
          problem={failure === null ? undefined : problemText(failure)}
          onChange={(event) => {
            const picked = new Date(event.target.value).getTime();
            if (!Number.isNaN(picked)) setAt(picked);
          }}
          required
        />
        <div className="form-actions">
          <button type="submit" className="button button-primary" disabled={busy || (isText && words.trim() === "")}>
            {t("scheduled.schedule")}
          </button>
        </div>
      </form>
    </Modal>
  );
});

interface SendLaterProps {
  readonly chat: Chat;
  /** Of what is scheduled already. */
  readonly clientId?: string | undefined;
}

/** Mentions and the message answered stay as they were. */
function textBodyOf(content: NewContent | undefined) {
  return content?.kind === "text" ? content.body : {};
}
