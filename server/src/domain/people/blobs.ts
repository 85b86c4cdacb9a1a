import { createHash } from "node:crypto";
import { type BlobHash, type Clock, limits, ReplyError, type Result, type UserId } from "@parley/protocol";
import { blobKey, blobsOf } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { isStillWebp } from "./webp.ts";

const WINDOW_MS = 24 * 3600_000;
/** Counts outlive their window a little, since the clocks of nodes differ. */
const KEPT_SECONDS = (2 * WINDOW_MS) / 1000;
/** New pictures of one person in a day: more than anybody tries out, and 3 MiB at most. */
const STORED_MAX = 48;
const COUNT = "n";

/**
 * Small pictures by the hash of their bytes: avatars of people and chats. They never change and are shared by whoever
 * stores the same one. A picture that nobody names any more stays: an old message or a client that was away for long may
 * still ask for it, and how many a person may store is bounded.
 */
export class Blobs {
  readonly #store: Kv;
  readonly #clock: Clock;

  constructor(store: Kv, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** `data` is base64url. Durable when it resolves. Throws `AVATAR_INVALID`, or `RATE_LIMITED` for too many of one person. */
  async storeAvatar(userId: UserId, data: string): Promise<BlobHash> {
    const bytes = Buffer.from(data, "base64url");
    // Of what decodes to the same bytes only one spelling is stored.
    if (bytes.toString("base64url") !== data) throw new ReplyError("AVATAR_INVALID");
    if (bytes.length > limits.AVATAR_MAX_BYTES || !isStillWebp(bytes)) throw new ReplyError("AVATAR_INVALID");
    const hash = createHash("sha256").update(bytes).digest("hex");
    if (await this.#store.exists(blobKey(hash))) return hash;
    await this.#count(userId);
    await this.#store.set(blobKey(hash), data);
    return hash;
  }

  /** Throws `NOT_FOUND`. */
  async get(hash: BlobHash): Promise<Result<"blob.get">> {
    const data = await this.#store.get(blobKey(hash));
    if (data === null) throw new ReplyError("NOT_FOUND");
    return { type: "image/webp", data };
  }

  async #count(userId: UserId): Promise<void> {
    const now = this.#clock.now();
    const window = Math.floor(now / WINDOW_MS);
    const key = blobsOf(userId, window);
    const [count] = await Promise.all([
      this.#store.hashIncrement(key, COUNT, 1),
      this.#store.expire(key, KEPT_SECONDS),
    ]);
    if (count > STORED_MAX) throw new ReplyError("RATE_LIMITED", { retryAfterMs: (window + 1) * WINDOW_MS - now });
  }
}
