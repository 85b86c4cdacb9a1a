import type { FileKind } from "@parley/protocol";
import { MessageSquare } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { fullDate } from "../../i18n/dates.ts";
import { problemText } from "../../i18n/problem.ts";
import { type TextKey, t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { ChatFiles, type FoundFile } from "../../model/chat-files.ts";
import { Choices } from "../parts/choices.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { FileView } from "./file-view.tsx";

const KINDS: readonly FileKind[] = ["image", "video", "voice", "file"];
const NAMES: Readonly<Record<FileKind, TextKey>> = {
  image: "files.images",
  video: "files.videos",
  voice: "files.voices",
  file: "files.plain",
};

/** All files of a chat by kind; each leads to its message. */
export const FilesDialog = observer(function FilesDialog({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  const [files] = useState(() => chat.part(ChatFiles));
  useEffect(() => void files.load(), [files]);
  const { found, state, more, failure, kind } = files;
  return (
    <Modal title={t("files.ofChat", { title: chat.title })} onClose={() => ui.show(null)}>
      <Choices
        label={t("files.show")}
        value={kind}
        options={KINDS}
        onChoose={(chosen) => void files.choose(chosen)}
        face={(one) => t(NAMES[one])}
      />
      {state === "loaded" && found.length === 0 && <EmptyState title={t("files.none")} hint={t("files.noneHint")} />}
      <ul className={kind === "image" || kind === "video" ? "files-grid" : "files-list"}>
        {found.map((one) => (
          <FoundRow key={`${one.place.seq} ${one.file.fileId}`} chat={chat} found={one} />
        ))}
      </ul>
      {state === "loading" && <p className="result-note">{t("common.loading")}</p>}
      {state === "failed" && failure !== null && (
        <p className="result-note" role="status">
          {problemText(failure)}
        </p>
      )}
      {(more || state === "failed") && state !== "loading" && (
        <button type="button" className="button button-quiet" onClick={() => void files.load()}>
          {state === "failed" ? t("common.retry") : t("saved.more")}
        </button>
      )}
    </Modal>
  );
});

const FoundRow = observer(function FoundRow({ chat, found }: { chat: Chat; found: FoundFile }) {
  const root = useRoot();
  const { people, session, ui } = root;
  const { file, place, sender, sentAt } = found;
  const name = sender === session.userId ? t("common.you") : (people.name(sender) ?? t("common.somebody"));
  const go = () => {
    ui.show(null);
    void root.attempt(() => chat.show(place.seq));
  };
  return (
    <li className="found-file">
      <FileView place={place} file={file} />
      <span className="found-foot">
        <span className="kept-time">{t("files.sentBy", { name, when: fullDate(sentAt) })}</span>
        <IconButton
          icon={MessageSquare}
          label={t("files.toMessage", { name: file.name ?? t(NAMES[file.kind]) })}
          onClick={go}
        />
      </span>
    </li>
  );
});
