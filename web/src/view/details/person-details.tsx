import { Paperclip, Users } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { ProfileCard } from "../people/profile-card.tsx";
import { useRoot } from "../root-context.ts";
import { Disappearing } from "./disappearing.tsx";

/** The other person of a direct chat, and what the two decide about it. */
export const PersonDetails = observer(function PersonDetails({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  if (chat.peerId === undefined) return null;
  return (
    <>
      <ProfileCard userId={chat.peerId} />
      <section className="details-section" aria-label={t("group.conversation")}>
        <h3 className="section-title">{t("group.conversation")}</h3>
        <button type="button" className="button button-text" onClick={() => ui.show({ name: "files" })}>
          <Paperclip aria-hidden="true" />
          {t("files.open")}
        </button>
        <button type="button" className="button button-text" onClick={() => ui.show({ name: "expand" })}>
          <Users aria-hidden="true" />
          {t("group.expand", { name: chat.title })}
        </button>
        <Disappearing chat={chat} />
      </section>
    </>
  );
});
