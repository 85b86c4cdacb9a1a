import { ReplyError, type Role } from "@parley/protocol";

/** THE TABLE of what each role of a group may do. What is done to a person also asks whether they stand below. */
export const RIGHTS = {
  update: ["owner", "admin"],
  delete: ["owner"],
  add: ["owner", "admin"],
  remove: ["owner", "admin"],
  mute: ["owner", "admin"],
  pin: ["owner", "admin"],
  setRole: ["owner"],
  transfer: ["owner"],
  /** In a chat that only admins write in, and without waiting in slow mode. */
  announce: ["owner", "admin"],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

export type Right = keyof typeof RIGHTS;

/** Whom each may remove and mute. */
export const BELOW: Readonly<Record<Role, readonly Role[]>> = {
  owner: ["admin", "member"],
  admin: ["member"],
  member: [],
};

export function mayDo(role: Role, right: Right): boolean {
  return (RIGHTS[right] as readonly Role[]).includes(role);
}

/** Throws `FORBIDDEN`. */
export function requireRight(role: Role, right: Right): void {
  if (!mayDo(role, right)) throw new ReplyError("FORBIDDEN");
}
