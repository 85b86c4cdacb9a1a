import type { Services } from "../domain/services.ts";
import type { Peer } from "../live/caller.ts";

/**
 * For what ends the caller's own session: this connection is the one that is not closed with the others, so that the
 * answer still goes out, and closes right after it.
 */
export async function leaving({ hub, deps }: Services, peer: Peer, deed: () => Promise<void>): Promise<void> {
  hub.detach(peer);
  try {
    await deed();
  } catch (error) {
    hub.attach(peer);
    throw error;
  }
  deps.clock.after(0, () => peer.close("normal"));
}
