import type { Invitation } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { PreviewCard } from "./join-dialog.tsx";

/** Groups that one is asked into. */
export const InvitationsDialog = observer(function InvitationsDialog() {
  const { ui, invitations } = useRoot();
  return (
    <Modal title={t("invitations.title")} onClose={() => ui.show(null)}>
      {invitations.list.length === 0 ? (
        <p className="result-note" role="status">
          {t("invitations.none")}
        </p>
      ) : (
        <ul className="requests">
          {invitations.list.map((invitation) => (
            <li key={invitation.preview.chatId} className="request">
              <InvitationCard invitation={invitation} />
            </li>
          ))}
        </ul>
      )}
    </Modal>
  );
});

const InvitationCard = observer(function InvitationCard({ invitation }: { invitation: Invitation }) {
  const root = useRoot();
  const { preview, by } = invitation;
  const { chatId, name } = preview;
  const answer = (accept: boolean) =>
    root.attempt(async () => {
      const chat = await root.invitations.answer(chatId, accept);
      if (chat === undefined) return;
      root.chats.adopt(chat);
      root.ui.openChat(chat.chatId);
    });
  return (
    <>
      <PreviewCard preview={preview} />
      <p className="invited-by">{t("invitations.by", { name: root.people.name(by.userId) ?? by.displayName })}</p>
      <div className="answer-buttons">
        <button
          type="button"
          className="button button-primary"
          aria-label={t("invitations.acceptTo", { name })}
          onClick={() => void answer(true)}
        >
          {t("invitations.accept")}
        </button>
        <button
          type="button"
          className="button button-quiet"
          aria-label={t("invitations.declineTo", { name })}
          onClick={() => void answer(false)}
        >
          {t("invitations.decline")}
        </button>
      </div>
    </>
  );
});
