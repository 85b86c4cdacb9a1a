import { type BlobHash, type Params, ReplyError, type UserId } from "@parley/protocol";
import { userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { Blobs } from "./blobs.ts";
import { displayLine, displayText } from "./display-text.ts";

/** An intent of it is replayed as the notice alone: whether the change was written, `account.get` says. */
export interface AccountChangedArgs {
  readonly userId: UserId;
}

export interface ProfilesParts {
  readonly store: Kv;
  readonly inbox: Inbox;
  readonly blobs: Blobs;
  /** Writes down that the own devices are to be told; the answer removes that. */
  readonly begin: (args: AccountChangedArgs) => Promise<() => Promise<void>>;
  /** Who may see the user's presence may have changed. */
  readonly visibilityChanged: (userId: UserId) => void;
}

/** What a person shows of themselves. Each field has one owner, so the last write is the right one. */
export class Profiles {
  readonly #parts: ProfilesParts;

  constructor(parts: ProfilesParts) {
    this.#parts = parts;
  }

  async set(userId: UserId, { displayName, about, pronouns }: Params<"account.setProfile">): Promise<void> {
    const name = displayName === undefined ? undefined : displayLine(displayName);
    if (name === "") throw new ReplyError("INVALID_PARAMS", { message: "A name needs a visible character." });
    await this.#change(userId, {
      ...(name === undefined ? {} : { displayName: name }),
      ...(about === undefined ? {} : { about: displayText(about) }),
      ...(pronouns === undefined ? {} : { pronouns: displayLine(pronouns) }),
    });
  }

  async setAvatar(userId: UserId, data: string | null): Promise<BlobHash | null> {
    const hash = data === null ? null : await this.#parts.blobs.storeAvatar(userId, data);
    await this.#change(userId, { avatar: hash ?? "" });
    return hash;
  }

  async setPrivacy(userId: UserId, { privacy }: Params<"account.setPrivacy">): Promise<void> {
    await this.#change(userId, { write: privacy.write, presence: privacy.presence });
    this.#parts.visibilityChanged(userId);
  }

  /** Deed, idempotent. */
  tell({ userId }: AccountChangedArgs): Promise<void> {
    return this.#parts.inbox.put(userId, { kind: "account" });
  }

  async #change(userId: UserId, fields: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(fields).length === 0) return;
    const end = await this.#parts.begin({ userId });
    await this.#parts.store.hashSetMany(userKey(userId), fields);
    await this.tell({ userId });
    await end();
  }
}
