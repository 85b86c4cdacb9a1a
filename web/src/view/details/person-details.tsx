import type { Chat } from "../../model/chat.ts";
import { ProfileCard } from "../people/profile-card.tsx";

/** The other person of a direct chat. */
export function PersonDetails({ chat }: { chat: Chat }) {
  return chat.peerId === undefined ? null : <ProfileCard userId={chat.peerId} />;
}
