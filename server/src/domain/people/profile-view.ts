import { type Profile, ReplyError, type UserId } from "@parley/protocol";
import { readPair, sideOf } from "../../records/pair.ts";
import { CARD_FIELDS, cardOf } from "../../records/user-record.ts";
import { userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { readNotes } from "./contact-notes.ts";
import { mayWrite } from "./may-write.ts";

/** A person as the user may see them now. Throws `NOT_FOUND`. */
export async function viewProfile(store: Kv, viewer: UserId, userId: UserId): Promise<Profile> {
  const [[about, pronouns, ...fields], { state }, refusal] = await Promise.all([
    store.hashGetMany(userKey(userId), ["about", "pronouns", ...CARD_FIELDS]),
    readPair(store, viewer, userId),
    mayWrite(store, viewer, userId),
  ]);
  const user = cardOf(userId, fields);
  if (user === null) throw new ReplyError("NOT_FOUND");
  const { contact } = state;
  const own = sideOf(state, viewer);
  const theirs = sideOf(state, userId);
  const asksToo = theirs.asked !== undefined && theirs.asked.unseen === undefined;
  return {
    user,
    about: about ?? "",
    pronouns: pronouns ?? "",
    ...(contact === undefined
      ? {}
      : {
          contact: { user, since: contact.since, ...(await readNotes(store, viewer, userId, contact.version)) },
        }),
    ...(asksToo ? { request: "in" as const } : own.asked !== undefined ? { request: "out" as const } : {}),
    blocked: own.blocks !== undefined,
    mayWrite: userId !== viewer && user.deleted !== true && refusal === null,
  };
}
