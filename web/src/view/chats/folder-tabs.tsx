import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";

/** Which folder the list shows. Nothing while there are no folders. */
export const FolderTabs = observer(function FolderTabs() {
  const { chats, ui } = useRoot();
  if (chats.folders.length === 0) return null;
  const current = ui.listed.name === "folder" ? ui.listed.folder : null;
  return (
    <fieldset className="folder-tabs">
      <legend className="unseen">{t("chats.folders")}</legend>
      <button
        type="button"
        className="folder-tab"
        aria-pressed={current === null}
        onClick={() => ui.list({ name: "all" })}
      >
        {t("chats.allChats")}
      </button>
      {chats.folders.map((folder) => (
        <button
          key={folder}
          type="button"
          className="folder-tab"
          aria-pressed={folder === current}
          onClick={() => ui.list({ name: "folder", folder })}
        >
          {folder}
        </button>
      ))}
    </fieldset>
  );
});
