import { Pencil, Reply, X } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Task } from "../../model/writing.ts";
import { QuotedWords } from "../messages/quote.tsx";
import { IconButton } from "../parts/icon-button.tsx";

/** Above the composer: what is answered or changed. */
export const WritingStrip = observer(function WritingStrip({ task, onCancel }: { task: Task; onCancel: () => void }) {
  const editing = task.name === "edit";
  const Icon = editing ? Pencil : Reply;
  return (
    <div className="writing-strip">
      <Icon aria-hidden="true" />
      <span className="quote">
        <span className="unseen">{editing ? t("edit.strip") : t("reply.strip")}</span>
        <QuotedWords message={editing ? task.message : task.to} />
      </span>
      <IconButton icon={X} label={editing ? t("edit.cancel") : t("reply.cancel")} onClick={onCancel} />
    </div>
  );
});
