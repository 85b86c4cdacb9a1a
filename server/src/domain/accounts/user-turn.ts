import { type Clock, ReplyError, type UserId } from "@parley/protocol";
import { userTurn } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

const TURN_SECONDS = 10;
/** A turn that is older may end before the next command arrives. */
const SAFE_MS = 5_000;
/** A deed takes some milliseconds; who has to wait comes back after this. */
const RETRY_MS = 250;

/**
 * One at a time for each user: what looks first and then writes to several keys. `stillMine`, called right before the
 * first write, throws `OVERLOADED` when the turn took so long that another one may have begun.
 */
export async function inTurn<T>(
  store: Kv,
  clock: Clock,
  userId: UserId,
  deed: (stillMine: () => void) => Promise<T>,
): Promise<T> {
  const startedAt = clock.monotonic();
  const key = userTurn(userId);
  if (!(await store.setNx(key, String(startedAt), TURN_SECONDS))) {
    throw new ReplyError("OVERLOADED", { retryAfterMs: RETRY_MS });
  }
  const isMine = () => clock.monotonic() - startedAt < SAFE_MS;
  try {
    return await deed(() => {
      if (!isMine()) throw new ReplyError("OVERLOADED", { retryAfterMs: RETRY_MS });
    });
  } finally {
    if (isMine()) await store.delete(key);
  }
}
