import type { Services } from "../domain/services.ts";
import type { Peer } from "../live/caller.ts";

/**
 * For what ends the caller's own session: this connection is the one that is not closed with the others, so that the
 * answer still goes out, and closes right after it, whatever the answer is. Nobody knows then how far the deed came, and
 * a client that still has a session comes back with it.
 */
export async function leaving({ hub, deps }: Services, peer: Peer, deed: () => Promise<void>): Promise<void> {
  hub.detach(peer);
  try {
    await deed();
  } finally {
    deps.clock.after(0, () => peer.close("normal"));
  }
}
