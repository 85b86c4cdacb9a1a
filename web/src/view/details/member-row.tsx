import type { Member } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";
import { MemberMenu } from "./member-menu.tsx";

/** A member: a way to a private word, and for those who stand above, what they may do. */
export const MemberRow = observer(function MemberRow({ chat, member }: { chat: Chat; member: Member }) {
  const root = useRoot();
  const { user, role } = member;
  const name = root.people.name(user.userId) ?? user.displayName;
  const now = useNow(60_000);
  const me = user.userId === root.session.userId;
  const face = (
    <PersonFace
      person={user}
      name={me ? t("details.memberYou", { name }) : name}
      online={root.people.presence(user.userId)?.state === "online"}
      trailing={
        <>
          {(member.mutedUntil ?? 0) > now && role !== "owner" && <span className="tag">{t("group.mutedTag")}</span>}
          {role !== "member" && (
            <span className="tag">{role === "owner" ? t("details.owner") : t("details.admin")}</span>
          )}
        </>
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
      {!me && chat.group.isAbove(member) && <MemberMenu chat={chat} member={member} name={name} />}
    </div>
  );
});
