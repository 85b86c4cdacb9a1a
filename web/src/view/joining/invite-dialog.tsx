import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { usePeopleSearch } from "../dialogs/use-people-search.ts";
import { Finder } from "../parts/finder.tsx";
import { Modal } from "../parts/modal.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";

/** Asks somebody into the group, who may refuse. */
export const InviteDialog = observer(function InviteDialog({ chat }: { chat: Chat }) {
  const root = useRoot();
  const { search, offered, note } = usePeopleSearch(({ userId }) => !chat.members.userIds.includes(userId));
  const invite = async (userId: string, name: string) => {
    if (!(await root.attempt(() => chat.door.invite(userId)))) return;
    root.ui.show(null);
    root.ui.tell({ kind: "invited", name });
  };
  return (
    <Modal title={t("door.inviteTitle", { title: chat.title })} onClose={() => root.ui.show(null)}>
      <p className="result-note">{t("door.inviteHint")}</p>
      <Finder
        label={t("newGroup.pick")}
        listLabel={t("newChat.results")}
        text={search.text}
        onText={(text) => search.type(text)}
        items={offered}
        keyOf={({ userId }) => userId}
        face={(person) => <PersonFace person={person} />}
        onPick={({ userId, displayName }) => void invite(userId, displayName)}
        note={note}
      />
    </Modal>
  );
});
