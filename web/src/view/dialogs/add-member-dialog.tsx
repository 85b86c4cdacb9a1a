import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Finder } from "../parts/finder.tsx";
import { Modal } from "../parts/modal.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";
import { usePeopleSearch } from "./use-people-search.ts";

export const AddMemberDialog = observer(function AddMemberDialog({ chat }: { chat: Chat }) {
  const root = useRoot();
  const { search, offered, note } = usePeopleSearch(({ userId }) => !chat.members.userIds.includes(userId));
  const close = () => root.ui.show(null);
  return (
    <Modal title={t("newGroup.addTitle", { title: chat.title })} onClose={close}>
      <Finder
        label={t("newGroup.pick")}
        listLabel={t("newChat.results")}
        text={search.text}
        onText={(text) => search.type(text)}
        items={offered}
        keyOf={({ userId }) => userId}
        face={(person) => <PersonFace person={person} />}
        onPick={(person) => void root.attempt(() => chat.members.add(person)).then((added) => added && close())}
        note={note}
      />
    </Modal>
  );
});
