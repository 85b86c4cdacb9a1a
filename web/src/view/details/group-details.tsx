import { LogOut, UserPlus } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useRoot } from "../root-context.ts";
import { MemberRow } from "./member-row.tsx";

export const GroupDetails = observer(function GroupDetails({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  const { members, data } = chat;
  const mayAdd = data.role !== "member";
  useEffect(() => void members.load(), [members]);
  return (
    <>
      <div className="details-card">
        <Avatar id={chat.chatId} name={chat.title} group />
        <p className="details-name">{chat.title}</p>
        <p className="details-note">{t("chat.members", { count: data.memberCount })}</p>
      </div>
      <section className="details-section" aria-label={t("details.members")}>
        <h3 className="section-title">{t("details.members")}</h3>
        {mayAdd && (
          <button type="button" className="button button-text" onClick={() => ui.show({ name: "addMember" })}>
            <UserPlus aria-hidden="true" />
            {t("details.add")}
          </button>
        )}
        {members.failed && (
          <p className="result-note" role="status">
            {t("details.failed")}
          </p>
        )}
        <ul>
          {members.list.map((member) => (
            <li key={member.user.userId}>
              <MemberRow chat={chat} member={member} />
            </li>
          ))}
        </ul>
      </section>
      <section className="details-section">
        {data.role === "owner" && data.memberCount > 1 ? (
          <p className="result-note">{t("details.ownerStays")}</p>
        ) : (
          <button type="button" className="button button-danger-text" onClick={() => ui.show({ name: "leave" })}>
            <LogOut aria-hidden="true" />
            {t("details.leave")}
          </button>
        )}
      </section>
    </>
  );
});
