import { limits } from "@parley/protocol";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Field } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";

/** A folder exists as long as a chat is in it: the first one makes it. */
export function NewFolderDialog({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  const [name, setName] = useState("");
  const make = () => {
    const folder = name.trim();
    if (folder === "") return;
    ui.show(null);
    if (!chat.own.file(folder, true)) ui.tell({ kind: "foldersFull" });
  };
  return (
    <Modal title={t("chats.newFolderTitle")} onClose={() => ui.show(null)}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        <Field
          label={t("chats.folderName")}
          hint={t("chats.folderHint", { title: chat.title })}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={limits.FOLDER_NAME_MAX}
          autoComplete="off"
          required
        />
        <div className="form-actions">
          <button type="submit" className="button button-primary" disabled={name.trim() === ""}>
            {t("chats.folderMake")}
          </button>
        </div>
      </form>
    </Modal>
  );
}
