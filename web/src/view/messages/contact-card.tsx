import type { UserCard } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useRoot } from "../root-context.ts";

/** Somebody's card as it was when it was sent. */
export const ContactCard = observer(function ContactCard({ user }: { user: UserCard }) {
  const root = useRoot();
  const { ui, chats, session } = root;
  const open = () => root.attempt(async () => ui.openChat(await chats.openDirect(user.userId)));
  return (
    <div className="card-message">
      <Avatar id={user.userId} name={user.displayName} />
      <span className="card-text">
        <span className="card-title" dir="auto">
          {user.displayName}
        </span>
        <span className="card-note">{t("common.handle", { handle: user.handle })}</span>
        {user.userId !== session.userId && (
          <button type="button" className="card-action" onClick={() => void open()}>
            {t("contactCard.message", { name: user.displayName })}
          </button>
        )}
      </span>
    </div>
  );
});
