import type { UserCard } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { t } from "../../i18n/call-texts.ts";
import { problemText } from "../../i18n/problem.ts";
import type { CurrentCall } from "../../model/calls/current-call.ts";
import type { Chat } from "../../model/chat.ts";
import { Finder } from "../parts/finder.tsx";
import { Modal } from "../parts/modal.tsx";
import { PersonFace } from "../parts/person-row.tsx";
import { PickedPeople } from "../parts/picked-people.tsx";
import { useForm } from "../welcome/use-form.ts";
import { answerWords } from "./call-words.ts";

/** Members of a large group are found by typing. */
const SHOWN_MAX = 30;

/** Rings more people of the group, while the call goes on. */
export const InvitePeople = observer(function InvitePeople({ current, chat, onClose }: InvitePeopleProps) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<readonly UserCard[]>([]);
  const { members } = chat;
  useEffect(() => void members.load(), [members]);
  // They may have come by themselves meanwhile, and taken the places.
  const picked = chosen.filter(({ userId }) => current.isAbsent(userId)).slice(0, current.room);
  const { busy, failure, submit } = useForm(async () => {
    await current.invite(picked.map(({ userId }) => userId));
    onClose();
  });
  const words = text.trim().toLocaleLowerCase();
  const absent = members.list.map(({ user }) => user).filter(({ userId }) => current.isAbsent(userId));
  const offered = absent.filter(
    (person) =>
      !picked.some(({ userId }) => userId === person.userId) &&
      `${person.displayName} ${person.handle}`.toLocaleLowerCase().includes(words),
  );
  const room = current.room - picked.length;
  return (
    <Modal title={t("calls.invite.title")} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <PickedPeople label={t("calls.invite.picked")} people={picked} onChange={setChosen} />
        <div>
          <Finder
            label={t("calls.invite.pick")}
            listLabel={t("calls.invite.list")}
            text={text}
            onText={setText}
            items={room === 0 ? [] : offered.slice(0, SHOWN_MAX)}
            keyOf={({ userId }) => userId}
            face={(person) => <PersonFace person={person} note={answerWords(current.answerOf(person.userId))} />}
            onPick={(person) => {
              setChosen([...picked, person]);
              setText("");
            }}
            note={noteOf()}
          />
        </div>
        {failure !== null && (
          <p className="notice notice-danger" role="alert">
            {problemText(failure)}
          </p>
        )}
        <button type="submit" className="button button-primary" disabled={busy || picked.length === 0}>
          {t("calls.invite.ring", { count: picked.length })}
        </button>
      </form>
    </Modal>
  );

  function noteOf(): string | undefined {
    if (current.room === 0) return t("calls.invite.full");
    if (members.loading && absent.length === 0) return t("common.loading");
    if (absent.length === 0) return t(members.failed ? "calls.invite.unknown" : "calls.invite.nobody");
    if (room === 0) return t("calls.invite.enough");
    return offered.length === 0 && words !== "" ? t("chats.nothingFound", { text }) : undefined;
  }
});

interface InvitePeopleProps {
  readonly current: CurrentCall;
  readonly chat: Chat;
  readonly onClose: () => void;
}
