import { MailPlus } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { useRoot } from "../root-context.ts";
import { LinksCard } from "./links-card.tsx";

/** What admins of a group see of its ways in. */
export const DoorCards = observer(function DoorCards({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  const { door } = chat;
  useEffect(() => void door.load(), [door]);
  return (
    <>
      <LinksCard chat={chat} />
      <section className="details-section">
        <button type="button" className="button button-text" onClick={() => ui.show({ name: "invite" })}>
          <MailPlus aria-hidden="true" />
          {t("door.invite")}
        </button>
        {door.failed && (
          <p className="result-note" role="status">
            {t("door.failed")}
          </p>
        )}
      </section>
    </>
  );
});
