import type { Member } from "@parley/protocol";
import { UserMinus } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";

/** A member: a way to a private word, and for those who may, a way out of the group. */
export const MemberRow = observer(function MemberRow({ chat, member }: { chat: Chat; member: Member }) {
  const root = useRoot();
  const { user, role } = member;
  const name = root.people.name(user.userId) ?? user.displayName;
  const me = user.userId === root.session.userId;
  const mayRemove =
    !me && role !== "owner" && (chat.data.role === "owner" || (chat.data.role === "admin" && role === "member"));
  const face = (
    <PersonFace
      person={user}
      name={me ? t("details.memberYou", { name }) : name}
      online={root.people.presence(user.userId)?.state === "online"}
      trailing={
        role !== "member" && <span className="tag">{role === "owner" ? t("details.owner") : t("details.admin")}</span>
      }
    />
  );
  const write = () =>
    root.attempt(async () => {
      root.ui.openChat(await root.chats.openDirect(user.userId));
    });
  return (
    <div className="member-row">
      {me ? (
        <div className="person-row">{face}</div>
      ) : (
        <button
          type="button"
          className="person-row"
          title={t("details.message", { name })}
          onClick={() => void write()}
        >
          {face}
        </button>
      )}
      {mayRemove && (
        <IconButton
          icon={UserMinus}
          label={t("details.remove", { name })}
          onClick={() => root.ui.show({ name: "removeMember", userId: user.userId })}
        />
      )}
    </div>
  );
});
