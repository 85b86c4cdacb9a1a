import type { UserCard } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Field } from "../parts/field.tsx";
import { Finder } from "../parts/finder.tsx";
import { Modal } from "../parts/modal.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { PickedPeople } from "../parts/picked-people.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "../welcome/use-form.ts";
import { usePeopleSearch } from "./use-people-search.ts";

/** A name, some people, done. `expanded`: the direct chat whose other person is in it too. */
export const NewGroupDialog = observer(function NewGroupDialog({ expanded }: { expanded?: Chat }) {
  const { ui, chats } = useRoot();
  const [name, setName] = useState("");
  const [picked, setPicked] = useState<readonly UserCard[]>([]);
  const isPicked = (person: UserCard) =>
    person.userId === expanded?.peerId || picked.some(({ userId }) => userId === person.userId);
  const { search, offered, note } = usePeopleSearch((person) => !isPicked(person));
  const { busy, failure, submit } = useForm(async () => {
    const userIds = picked.map(({ userId }) => userId);
    const chatId =
      expanded === undefined
        ? await chats.createGroup(name.trim(), userIds)
        : await chats.expand(expanded.chatId, name.trim(), userIds);
    ui.openChat(chatId);
  });
  const pick = (person: UserCard) => {
    if (picked.length < limits.GROUP_CREATE_MAX) setPicked([...picked, person]);
    search.type("");
  };
  return (
    <Modal
      title={expanded === undefined ? t("newGroup.title") : t("newGroup.withTitle", { name: expanded.title })}
      onClose={() => ui.show(null)}
    >
      <form className="form" onSubmit={submit}>
        <Field
          label={t("newGroup.name")}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={limits.GROUP_NAME_MAX}
          autoComplete="off"
          required
        />
        <PickedPeople label={t("newGroup.picked")} people={picked} onChange={setPicked} />
        <div>
          <Finder
            label={t("newGroup.pick")}
            listLabel={t("newChat.results")}
            text={search.text}
            onText={(text) => search.type(text)}
            items={offered}
            keyOf={({ userId }) => userId}
            face={(person) => <PersonFace person={person} />}
            onPick={pick}
            note={note}
          />
        </div>
        {failure !== null && (
          <p className="notice notice-danger" role="alert">
            {problemText(failure)}
          </p>
        )}
        <button type="submit" className="button button-primary" disabled={busy || name.trim() === ""}>
          {busy ? t("newGroup.creating") : t("newGroup.create")}
        </button>
      </form>
    </Modal>
  );
});
