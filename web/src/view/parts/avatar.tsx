import { initialsOf, tintOf } from "../../model/face.ts";

/** A face made of initials. The name stands beside it, so it is hidden from screen readers. */
export function Avatar({ id, name, group = false, online = false }: AvatarProps) {
  const className = `avatar${group ? " avatar-group" : ""}${online ? " avatar-online" : ""}`;
  return (
    <span className={className} data-tint={tintOf(id)} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  readonly group?: boolean;
  readonly online?: boolean;
}
