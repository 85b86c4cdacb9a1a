import { newId } from "../../src/domain/ids.ts";
import { systemRandom } from "../../src/platform.ts";
import { userKey } from "../../src/store/keys.ts";
import type { DomainNode } from "./domain-node.ts";
import type { DomainPeer } from "./domain-peer.ts";

/** Somebody with an account and no password: hundreds of them cost nothing. */
export async function quickPerson(node: DomainNode, handle = "somebody"): Promise<string> {
  const userId = newId(systemRandom);
  await node.store.hashSetMany(userKey(userId), { handle, displayName: handle, createdAt: "1" });
  return userId;
}

/** A caller who is not told anything live. */
export function callerFor(node: DomainNode, userId: string): DomainPeer {
  const peer = node.connect();
  peer.session = { userId, deviceId: newId(systemRandom), sessionId: "0".repeat(64) };
  return peer;
}
