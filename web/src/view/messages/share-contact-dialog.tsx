import type { UserCard } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { usePeopleSearch } from "../dialogs/use-people-search.ts";
import { Finder } from "../parts/finder.tsx";
import { Modal } from "../parts/modal.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";

/** Somebody's card for this chat. */
export const ShareContactDialog = observer(function ShareContactDialog({ chat }: { chat: Chat }) {
  const root = useRoot();
  const { ui, chats, people } = root;
  const { search, offered } = usePeopleSearch(() => true);
  const words = search.text.toLocaleLowerCase();
  const known = chats.peers
    .flatMap((userId) => people.card(userId) ?? [])
    .filter(({ displayName, handle }) => `${displayName} ${handle}`.toLocaleLowerCase().includes(words));
  const items = [...new Map([...known, ...offered].map((person) => [person.userId, person])).values()];
  const share = ({ userId }: UserCard) => {
    ui.show(null);
    void root.attempt(() => chat.say({ kind: "contact", body: { userId } }));
  };
  return (
    <Modal title={t("contactCard.share")} onClose={() => ui.show(null)}>
      <Finder
        label={t("newChat.field")}
        listLabel={t("newChat.results")}
        text={search.text}
        onText={(text) => search.type(text)}
        items={items}
        keyOf={({ userId }) => userId}
        face={(person) => <PersonFace person={person} />}
        onPick={share}
        note={items.length === 0 ? t("newChat.hint") : undefined}
      />
    </Modal>
  );
});
