import type { ChatPreview } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { type Failure, toFailure } from "../../model/failure.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";

/** Groups that everybody on this server may find. */
export const DirectoryDialog = observer(function DirectoryDialog() {
  const { ui, invitations } = useRoot();
  const [groups, setGroups] = useState<readonly ChatPreview[] | null>(null);
  const [more, setMore] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const load = async (known: readonly ChatPreview[]) => {
    try {
      const page = await invitations.directory(known.at(-1)?.chatId);
      setGroups([...known, ...page.chats]);
      setMore(page.more === true);
    } catch (error) {
      setFailure(toFailure(error));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it opens
  useEffect(() => void load([]), [invitations]);
  return (
    <Modal title={t("directory.title")} onClose={() => ui.show(null)}>
      {groups === null && failure === null && <p role="status">{t("common.loading")}</p>}
      {groups?.length === 0 && <p className="result-note">{t("directory.empty")}</p>}
      {groups !== null && groups.length > 0 && (
        <ul className="results" aria-label={t("directory.title")}>
          {groups.map((group) => (
            <li key={group.chatId}>
              <button
                type="button"
                className="person-row"
                onClick={() =>
                  group.joined ? ui.openChat(group.chatId) : ui.show({ name: "join", way: { chatId: group.chatId } })
                }
              >
                <Avatar id={group.chatId} name={group.name} group picture={group.avatar} />
                <span className="person-row-text">
                  <span className="person-name">{group.name}</span>
                  <span className="person-note">
                    {group.description || t("chat.members", { count: group.memberCount })}
                  </span>
                </span>
                <StateTag group={group} />
              </button>
            </li>
          ))}
        </ul>
      )}
      {more && groups !== null && (
        <button type="button" className="button button-quiet" onClick={() => void load(groups)}>
          {t("directory.more")}
        </button>
      )}
      {failure !== null && (
        <p className="notice notice-danger" role="alert">
          {problemText(failure)}
        </p>
      )}
    </Modal>
  );
});

function StateTag({ group: { joined, requested, join } }: { group: ChatPreview }) {
  const words = joined
    ? t("directory.joined")
    : requested
      ? t("directory.requested")
      : join === "request"
        ? t("directory.byRequest")
        : t("directory.open");
  return <span className="tag">{words}</span>;
}
