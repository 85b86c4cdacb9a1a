import { X } from "lucide-react";
import { observer } from "mobx-react-lite";
import { sizeText } from "../../i18n/file-text.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { Refusal, SendingFile } from "../../model/sending-file.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { iconOf, typeWord } from "./file-card.tsx";

/** Above what is being written: the files that go with it. */
export const StagedFiles = observer(function StagedFiles({ chat, onChanged }: StagedProps) {
  const { uploads } = useRoot();
  const staged = uploads.staged(chat.chatId);
  if (staged.length === 0) return null;
  return (
    <ul className="staged" aria-label={t("files.staged")}>
      {staged.map((file) => (
        <li key={file.key}>
          <StagedFile
            file={file}
            onDrop={() => {
              uploads.drop(file);
              onChanged();
            }}
          />
        </li>
      ))}
    </ul>
  );
});

const StagedFile = observer(function StagedFile({ file, onDrop }: { file: SendingFile; onDrop: () => void }) {
  const { name, type, size, kind, url, refusal } = file;
  const Icon = iconOf(type);
  return (
    <div className={refusal === null ? "staged-file" : "staged-file staged-refused"}>
      <span className="file-icon">
        {url !== null && kind === "image" ? <img src={url} alt="" /> : <Icon aria-hidden="true" />}
      </span>
      <span className="card-text">
        <span className="file-name" dir="auto">
          {name}
        </span>
        {refusal === null ? (
          <span className="card-note">
            {t("files.typeAndSize", { type: typeWord(name, type), size: sizeText(size) })}
          </span>
        ) : (
          <span className="card-note" role="alert">
            {refusalText(refusal)}
          </span>
        )}
      </span>
      <IconButton icon={X} label={t("files.unstage", { name })} onClick={onDrop} />
    </div>
  );
});

function refusalText(refusal: Refusal): string {
  switch (refusal.why) {
    case "empty":
      return t("files.empty");
    case "tooLarge":
      return t("files.tooLarge", { most: sizeText(refusal.most) });
    case "noRoom":
      return t("files.noRoom", { most: sizeText(refusal.most) });
    case "sealed":
      return t("files.insecureTooLarge", { most: sizeText(refusal.most) });
    default:
      return refusal satisfies never;
  }
}

interface StagedProps {
  readonly chat: Chat;
  /** One was taken out. */
  readonly onChanged: () => void;
}
