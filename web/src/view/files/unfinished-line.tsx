import { FolderOpen, X } from "lucide-react";
import { observer } from "mobx-react-lite";
import { type ChangeEvent, useRef } from "react";
import { t } from "../../i18n/t.ts";
import type { Unfinished } from "../../model/uploads.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { iconOf } from "./file-card.tsx";
import { toPicked } from "./picked.ts";

/** A file whose sending an earlier page did not end: a page may read it only when a person picks it again. */
export const UnfinishedLine = observer(function UnfinishedLine({ unfinished }: { unfinished: Unfinished }) {
  const root = useRoot();
  const { uploads, ui } = root;
  const input = useRef<HTMLInputElement>(null);
  const { name, type } = unfinished.about;
  const Icon = iconOf(type);
  const take = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    target.value = "";
    if (file !== undefined && !uploads.goOn(unfinished, toPicked(file))) ui.tell({ kind: "otherFile" });
  };
  return (
    <div className="sending">
      <span className="file-icon">
        <Icon aria-hidden="true" />
      </span>
      <span className="card-text">
        <span className="file-name" dir="auto">
          {name}
        </span>
        <span className="card-note">{t("files.interrupted")}</span>
      </span>
      <span className="sending-buttons">
        <input
          ref={input}
          className="unseen"
          type="file"
          aria-label={t("files.pickAgain", { name })}
          tabIndex={-1}
          onChange={take}
        />
        <IconButton icon={FolderOpen} label={t("files.pickAgain", { name })} onClick={() => input.current?.click()} />
        <IconButton
          icon={X}
          label={t("files.cancel", { name })}
          onClick={() => void root.attempt(() => uploads.giveUp(unfinished))}
        />
      </span>
    </div>
  );
});
