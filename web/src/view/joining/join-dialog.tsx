import type { ChatPreview } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { type FormEvent, useEffect, useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { type Failure, toFailure } from "../../model/failure.ts";
import type { Way } from "../../model/invitations.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Field } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";

/** A group that one may enter, before one does. */
export const JoinDialog = observer(function JoinDialog({ way }: { way: Way }) {
  const { ui, invitations, chats } = useRoot();
  const [preview, setPreview] = useState<ChatPreview | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState("");
  const key = JSON.stringify(way);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the way
  useEffect(() => {
    invitations.preview(way).then(setPreview, (error: unknown) => setFailure(toFailure(error)));
  }, [invitations, key]);

  const attempt = async (deed: () => Promise<void>) => {
    setBusy(true);
    setFailure(null);
    await deed().catch((error: unknown) => setFailure(toFailure(error)));
    setBusy(false);
  };
  // Whoever has a link needs nobody's approval.
  const asks = preview?.join === "request" && "chatId" in way;
  const enter = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      const { chat, requested } = await invitations.join(way, asks ? message : "");
      if (chat !== undefined) {
        chats.adopt(chat);
        ui.openChat(chat.chatId);
      } else if (preview !== null) setPreview({ ...preview, requested });
    });
  };
  const withdraw = () =>
    attempt(async () => {
      if (preview === null) return;
      await invitations.withdraw(preview.chatId);
      setPreview({ ...preview, requested: false });
    });
  return (
    <Modal title={t("join.title")} onClose={() => ui.show(null)}>
      {preview === null && failure === null && <p role="status">{t("common.loading")}</p>}
      {preview !== null && (
        <form className="form" onSubmit={enter}>
          <PreviewCard preview={preview} />
          {preview.joined || chats.get(preview.chatId) !== undefined ? (
            <button type="button" className="button button-primary" onClick={() => ui.openChat(preview.chatId)}>
              {t("join.open")}
            </button>
          ) : preview.requested ? (
            <>
              <p role="status">{t("join.asked")}</p>
              <button type="button" className="button button-quiet" disabled={busy} onClick={() => void withdraw()}>
                {t("join.withdraw")}
              </button>
            </>
          ) : (
            <>
              {asks && (
                <Field
                  label={t("join.message")}
                  hint={t("join.messageHint")}
                  value={message}
                  onChange={(event) => setMessage(event.target.value)}
                  maxLength={limits.CONTACT_MESSAGE_MAX}
                  autoComplete="off"
                />
              )}
              <button type="submit" className="button button-primary" disabled={busy}>
                {asks ? t("join.ask") : t("join.join")}
              </button>
            </>
          )}
        </form>
      )}
      {failure !== null && (
        <p className="notice notice-danger" role="alert">
          {problemText(failure)}
        </p>
      )}
    </Modal>
  );
});

/** What strangers may know of a group. */
export function PreviewCard({ preview }: { preview: ChatPreview }) {
  const { chatId, name, description, memberCount, avatar } = preview;
  return (
    <div className="preview-card">
      <Avatar id={chatId} name={name} group picture={avatar} />
      <p className="details-name">{name}</p>
      <p className="details-note">{t("chat.members", { count: memberCount })}</p>
      {description !== "" && <p className="preview-words">{description}</p>}
    </div>
  );
}
