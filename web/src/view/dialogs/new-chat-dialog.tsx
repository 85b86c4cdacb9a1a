import { Compass, Users } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { Finder } from "../parts/finder.tsx";
import { Modal } from "../parts/modal.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";
import { usePeopleSearch } from "./use-people-search.ts";

export const NewChatDialog = observer(function NewChatDialog() {
  const root = useRoot();
  const { ui, chats } = root;
  const { search, offered, note } = usePeopleSearch(() => true);
  return (
    <Modal title={t("newChat.title")} onClose={() => ui.show(null)}>
      <Finder
        label={t("newChat.field")}
        listLabel={t("newChat.results")}
        text={search.text}
        onText={(text) => search.type(text)}
        items={offered}
        keyOf={({ userId }) => userId}
        face={(person) => <PersonFace person={person} />}
        onPick={({ userId }) =>
          void root.attempt(async () => {
            ui.openChat(await chats.openDirect(userId));
          })
        }
        note={note}
      />
      <button type="button" className="button button-quiet" onClick={() => ui.show({ name: "newGroup" })}>
        <Users aria-hidden="true" />
        {t("newChat.group")}
      </button>
      <button type="button" className="button button-quiet" onClick={() => ui.show({ name: "directory" })}>
        <Compass aria-hidden="true" />
        {t("directory.discover")}
      </button>
    </Modal>
  );
});
