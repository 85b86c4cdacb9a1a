import type { UserCard } from "@parley/protocol";
import type { ReactNode } from "react";
import { t } from "../../i18n/t.ts";
import { Avatar } from "./avatar.tsx";

/** Face, name and handle of a person: what goes inside a row. */
export function PersonFace({ person, name, note, online = false, trailing }: PersonFaceProps) {
  return (
    <>
      <Avatar id={person.userId} name={person.displayName} online={online} />
      <span className="person-row-text">
        <span className="person-name">{name ?? person.displayName}</span>
        <span className="person-note">{note ?? t("common.handle", { handle: person.handle })}</span>
      </span>
      {trailing}
    </>
  );
}

interface PersonFaceProps {
  readonly person: UserCard;
  /** Shown instead of the own name of the person. */
  readonly name?: string | undefined;
  readonly note?: string | undefined;
  readonly online?: boolean;
  readonly trailing?: ReactNode;
}
