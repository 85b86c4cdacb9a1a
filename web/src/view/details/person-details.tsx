import { observer } from "mobx-react-lite";
import { longAgo } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";

export const PersonDetails = observer(function PersonDetails({ chat }: { chat: Chat }) {
  const { people } = useRoot();
  const now = useNow(30_000);
  const { peer } = chat.data;
  if (peer === undefined) return null;
  const presence = people.presence(peer.userId);
  const online = presence?.state === "online";
  return (
    <div className="details-card">
      <Avatar id={peer.userId} name={chat.title} online={online} />
      <p className="details-name">{chat.title}</p>
      <p className="details-note">{t("common.handle", { handle: peer.handle })}</p>
      {online && <p className="details-note">{t("chat.online")}</p>}
      {!online && presence?.lastSeenAt !== undefined && (
        <p className="details-note">{t("chat.lastSeen", { when: longAgo(presence.lastSeenAt, now) })}</p>
      )}
    </div>
  );
});
