import type { Contact, UserId } from "@parley/protocol";
import { userNotes } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

type Notes = Pick<Contact, "remark" | "labels">;

/**
 * Notes belong to one being a contact, which has a version: when that ends they go, and what is noted after the two
 * became contacts again is another matter.
 */
const field = (userId: UserId, version: number, what: keyof Notes) => `${userId}#${version}:${what}`;

export async function readNotes(store: Kv, owner: UserId, userId: UserId, version: number): Promise<Notes> {
  const fields = (["remark", "labels"] as const).map((what) => field(userId, version, what));
  const [remark, labels] = await store.hashGetMany(userNotes(owner), fields);
  return { remark: remark ?? "", labels: typeof labels === "string" ? (JSON.parse(labels) as string[]) : [] };
}

/** Each of the two is written by itself: two devices that change one each do not undo each other. */
export async function writeNotes(
  store: Kv,
  owner: UserId,
  userId: UserId,
  version: number,
  { remark, labels }: Partial<Notes>,
): Promise<void> {
  const fields = {
    ...(remark === undefined ? {} : { [field(userId, version, "remark")]: remark }),
    ...(labels === undefined ? {} : { [field(userId, version, "labels")]: JSON.stringify(labels) }),
  };
  if (Object.keys(fields).length > 0) await store.hashSetMany(userNotes(owner), fields);
}

export async function dropNotes(store: Kv, owner: UserId, userId: UserId, version: number): Promise<void> {
  await store.hashDelete(userNotes(owner), field(userId, version, "remark"), field(userId, version, "labels"));
}
