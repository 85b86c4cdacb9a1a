import type { Notice } from "@parley/protocol";
import type { DomainPeer } from "./domain-peer.ts";

/** All that somebody has been told this month. */
export async function monthNotices(peer: DomainPeer): Promise<readonly Notice[]> {
  const pos = `${new Date().toISOString().slice(0, 7).replace("-", "")}.0.0`;
  return (await peer.call("sync.pull", { pos })).notices;
}

/** What notices of this kind told somebody about a chat this month, the latest last. */
export async function noticesOf<K extends Notice["kind"]>(
  peer: DomainPeer,
  kind: K,
  chatId: string,
): Promise<Extract<Notice, { kind: K }>[]> {
  const ofKind = (notice: Notice): notice is Extract<Notice, { kind: K }> =>
    notice.kind === kind && "chatId" in notice && notice.chatId === chatId;
  return (await monthNotices(peer)).filter(ofKind);
}
