import { LogOut, Paperclip, Pencil, Trash2, UserPlus } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { DoorCards } from "../joining/door-cards.tsx";
import { RequestCards } from "../joining/request-cards.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { PictureButtons } from "../parts/picture-buttons.tsx";
import { useRoot } from "../root-context.ts";
import { GroupRules } from "./group-rules.tsx";
import { GroupSettings } from "./group-settings.tsx";
import { MemberRow } from "./member-row.tsx";

export const GroupDetails = observer(function GroupDetails({ chat }: { chat: Chat }) {
  return chat.isLobby ? <LobbyDetails chat={chat} /> : <MembersDetails chat={chat} />;
});

/** Everybody is here: nobody is listed, and nobody can leave. */
const LobbyDetails = observer(function LobbyDetails({ chat }: { chat: Chat }) {
  return (
    <div className="details-card">
      <Avatar id={chat.chatId} name={chat.title} group />
      <p className="details-name">{chat.title}</p>
      <p className="details-note">{t("chat.everybody")}</p>
    </div>
  );
});

const MembersDetails = observer(function MembersDetails({ chat }: { chat: Chat }) {
  const root = useRoot();
  const { ui } = root;
  const { members, data, group } = chat;
  const stays = group.isOwner && data.memberCount > 1;
  useEffect(() => void members.load(), [members]);
  return (
    <>
      <div className="details-card">
        <Avatar id={chat.chatId} name={chat.title} group />
        <p className="details-name">{chat.title}</p>
        <p className="details-note">{t("chat.members", { count: data.memberCount })}</p>
        {data.description !== undefined && data.description !== "" && (
          <p className="details-description">{data.description}</p>
        )}
        {group.isAdmin && (
          <>
            <PictureButtons
              onPicked={(picture) => ui.show({ name: "avatar", picture, of: "chat" })}
              onRemove={
                data.avatar === undefined ? null : () => void root.attempt(() => group.update({ avatar: null }))
              }
            />
            <button type="button" className="button button-quiet" onClick={() => ui.show({ name: "editGroup" })}>
              <Pencil aria-hidden="true" />
              {t("group.edit")}
            </button>
          </>
        )}
        {!group.isAdmin && <GroupRules chat={chat} />}
        <button type="button" className="button button-text" onClick={() => ui.show({ name: "files" })}>
          <Paperclip aria-hidden="true" />
          {t("files.open")}
        </button>
      </div>
      <RequestCards chat={chat} />
      {group.isAdmin && (
        <section className="details-section" aria-label={t("group.settings")}>
          <h3 className="section-title">{t("group.settings")}</h3>
          <GroupSettings chat={chat} />
        </section>
      )}
      <section className="details-section" aria-label={t("details.members")}>
        <h3 className="section-title">{t("details.members")}</h3>
        {group.isAdmin && (
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
      {chat.isAdmin && <DoorCards chat={chat} />}
      <section className="details-section">
        {stays && <p className="result-note">{t("details.ownerStays")}</p>}
        {!stays && (
          <button type="button" className="button button-danger-text" onClick={() => ui.show({ name: "leave" })}>
            <LogOut aria-hidden="true" />
            {t("details.leave")}
          </button>
        )}
        {group.isOwner && (
          <button type="button" className="button button-danger-text" onClick={() => ui.show({ name: "deleteGroup" })}>
            <Trash2 aria-hidden="true" />
            {t("group.delete")}
          </button>
        )}
      </section>
    </>
  );
});
