import type { UserCard } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Finder } from "../parts/finder.tsx";
import { Modal } from "../parts/modal.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";
import { ChatFace } from "./chat-face.tsx";
import { usePeopleSearch } from "./use-people-search.ts";

const CHATS_SHOWN = 12;

/** Ctrl+K: straight to any chat or person. */
export const SwitcherDialog = observer(function SwitcherDialog() {
  const root = useRoot();
  const { ui, chats } = root;
  const { search, offered } = usePeopleSearch(({ userId }) => !chats.peers.includes(userId));
  const items: readonly (Chat | UserCard)[] = [...chats.matching(search.text).slice(0, CHATS_SHOWN), ...offered];
  const go = (item: Chat | UserCard) => {
    if ("chatId" in item) ui.openChat(item.chatId);
    else
      void root.attempt(async () => {
        ui.openChat(await chats.openDirect(item.userId));
      });
  };
  return (
    <Modal title={t("switcher.title")} onClose={() => ui.show(null)}>
      <Finder
        label={t("switcher.field")}
        listLabel={t("switcher.results")}
        text={search.text}
        onText={(text) => search.type(text)}
        items={items}
        keyOf={(item) => ("chatId" in item ? item.chatId : item.userId)}
        face={(item) => ("chatId" in item ? <ChatFace chat={item} /> : <PersonFace person={item} />)}
        onPick={go}
        note={items.length === 0 ? t("chats.nothingFound", { text: search.text }) : undefined}
      />
    </Modal>
  );
});
