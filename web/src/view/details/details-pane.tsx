import { X } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { GroupDetails } from "./group-details.tsx";
import { PersonDetails } from "./person-details.tsx";

/** The right pane: who is in the conversation. */
export const DetailsPane = observer(function DetailsPane({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  return (
    <aside className="pane-details" aria-label={t("nav.details")} data-region="details" tabIndex={-1}>
      <div className="bar">
        <IconButton icon={X} label={t("chat.closeDetails")} onClick={() => ui.toggleDetails(false)} />
        <h2 className="bar-title">
          {chat.isLobby ? t("details.lobby") : chat.isGroup ? t("details.group") : t("details.person")}
        </h2>
      </div>
      {chat.isGroup ? <GroupDetails chat={chat} /> : <PersonDetails chat={chat} />}
    </aside>
  );
});
