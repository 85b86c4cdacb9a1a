import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { initialsOf, tintOf } from "../../model/face.ts";
import { useRoot } from "../root-context.ts";

/** A face: the picture that the person or the group chose, or initials. The name stands beside it, so it is hidden from screen readers. */
export const Avatar = observer(function Avatar(props: AvatarProps) {
  const { id, name, group = false, online = false, away = false, picture } = props;
  const { people, chats, pictures } = useRoot();
  const hash = picture !== undefined ? picture : group ? chats.get(id)?.data.avatar : people.card(id)?.avatar;
  useEffect(() => {
    if (hash != null) pictures.want(hash);
  }, [pictures, hash]);
  const url = hash == null ? undefined : pictures.url(hash);
  const presence = online ? " avatar-online" : away ? " avatar-away" : "";
  return (
    <span className={`avatar${group ? " avatar-group" : ""}${presence}`} data-tint={tintOf(id)} aria-hidden="true">
      {url === undefined ? initialsOf(name) : <img src={url} alt="" draggable={false} />}
    </span>
  );
});

interface AvatarProps {
  /** Of the person, or of the group's chat. */
  readonly id: string;
  readonly name: string;
  readonly group?: boolean;
  readonly online?: boolean;
  readonly away?: boolean;
  /** Hash of the picture of what is not among one's own chats and people. */
  readonly picture?: string | undefined;
}
