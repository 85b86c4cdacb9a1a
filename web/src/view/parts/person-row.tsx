import type { UserCard } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import type { ReactNode } from "react";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";
import { Avatar } from "./avatar.tsx";

/** Face, name and handle of a person: what goes inside a row. */
export const PersonFace = observer(function PersonFace(props: PersonFaceProps) {
  const { people } = useRoot();
  const { person, name, note, online = false, trailing } = props;
  const known = people.name(person.userId) ?? person.displayName;
  return (
    <>
      <Avatar id={person.userId} name={known} online={online} />
      <span className="person-row-text">
        <span className="person-name">{name ?? known}</span>
        <span className="person-note">{note ?? t("common.handle", { handle: person.handle })}</span>
      </span>
      {trailing}
    </>
  );
});

interface PersonFaceProps {
  readonly person: UserCard;
  /** Shown instead of the name that the user knows the person by. */
  readonly name?: string | undefined;
  readonly note?: string | undefined;
  readonly online?: boolean;
  readonly trailing?: ReactNode;
}
