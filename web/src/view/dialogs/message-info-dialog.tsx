import type { UserCard } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat, Readers } from "../../model/chat.ts";
import { Modal } from "../parts/modal.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";

/** Who has read a message, who has only received it, and who reacted to it how. */
export const MessageInfoDialog = observer(function MessageInfoDialog({ chat, seq }: { chat: Chat; seq: number }) {
  const { ui, people } = useRoot();
  const [readers, setReaders] = useState<Readers | "failed" | null>(null);
  useEffect(() => {
    chat.readersList(seq).then(setReaders, () => setReaders("failed"));
  }, [chat, seq]);
  const cards = (userIds: readonly string[]) =>
    userIds.map((userId) => people.card(userId)).filter((card) => card !== undefined);
  return (
    <Modal title={t("info.title")} onClose={() => ui.show(null)}>
      <div className="people-groups">
        {readers === null && <p role="status">{t("common.loading")}</p>}
        {readers === "failed" && <p className="dialog-text">{t("info.failed")}</p>}
        {readers !== null && readers !== "failed" && (
          <>
            <PeopleGroup title={t("info.read", { count: readers.read.length })} people={readers.read} />
            {readers.delivered.length > 0 && (
              <PeopleGroup
                title={t("info.delivered", { count: readers.delivered.length })}
                people={readers.delivered}
              />
            )}
          </>
        )}
        {chat.reactions.of(seq).map(({ emoji, count, people: ids }) => (
          <PeopleGroup key={emoji} title={t("info.reacted", { emoji, count })} people={cards(ids)} />
        ))}
      </div>
    </Modal>
  );
});

const PeopleGroup = observer(function PeopleGroup({ title, people }: { title: string; people: readonly UserCard[] }) {
  const { session } = useRoot();
  return (
    <section className="people-group">
      <h3>{title}</h3>
      <ul>
        {people.map((person) => (
          <li key={person.userId}>
            <PersonFace
              person={person}
              name={person.userId === session.userId ? t("details.memberYou", { name: person.displayName }) : undefined}
            />
          </li>
        ))}
      </ul>
    </section>
  );
});
