import { observer } from "mobx-react-lite";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { ChatFace } from "../dialogs/chat-face.tsx";
import { Finder } from "../parts/finder.tsx";
import { Modal } from "../parts/modal.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { useRoot } from "../root-context.ts";

/** Chats that are offered, and that one may forward to at once. */
const OFFERED = 30;
const PICKED_MAX = 20;

/** Where messages of this chat are to go. */
export const ForwardDialog = observer(function ForwardDialog({ chat, seqs }: { chat: Chat; seqs: readonly number[] }) {
  const root = useRoot();
  const { ui, chats } = root;
  const [text, setText] = useState("");
  const [picked, setPicked] = useState<readonly Chat[]>([]);
  const [merged, setMerged] = useState(true);
  const offered = chats.matching(text).slice(0, OFFERED);
  const pick = (one: Chat) => {
    if (picked.includes(one)) setPicked(picked.filter((other) => other !== one));
    else if (picked.length < PICKED_MAX) setPicked([...picked, one]);
  };
  const send = () => {
    const stacks = merged ? [seqs] : seqs.map((seq) => [seq]);
    ui.show(null);
    chat.selection.end();
    void root.attempt(async () => {
      for (const target of picked) {
        for (const stack of stacks) {
          await target.say({ kind: "forward", body: { chatId: chat.chatId, seqs: [...stack] } });
        }
      }
      const [first] = picked;
      if (picked.length === 1 && first !== undefined) ui.openChat(first.chatId);
    });
  };
  return (
    <Modal title={t("forward.title", { count: seqs.length })} onClose={() => ui.show(null)}>
      <Finder
        label={t("forward.field")}
        listLabel={t("forward.chats")}
        text={text}
        onText={setText}
        items={offered}
        keyOf={({ chatId }) => chatId}
        face={(one) => <ChatFace chat={one} picked={picked.includes(one)} />}
        onPick={pick}
        note={offered.length === 0 ? t("chats.nothingFound", { text }) : undefined}
      />
      {seqs.length > 1 && <Toggle label={t("forward.merged")} checked={merged} onChange={setMerged} />}
      <div className="dialog-actions">
        <button type="button" className="button button-primary" disabled={picked.length === 0} onClick={send}>
          {t("forward.send", { count: picked.length })}
        </button>
      </div>
    </Modal>
  );
});
