import { Download, File, FileArchive, FileMusic, FileText, FileVideo, Image, X } from "lucide-react";
import { observer } from "mobx-react-lite";
import { sizeText } from "../../i18n/file-text.ts";
import { t } from "../../i18n/t.ts";
import type { FilePlace } from "../../model/attached-file.ts";
import { SEALED_SAVE_MAX_BYTES, shownSize, shownType } from "../../model/file-claims.ts";
import { FileSaves } from "../../model/file-saves.ts";
import { FileUrls } from "../../model/file-urls.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import type { ShownFile } from "./use-file-url.ts";

/** A file by its name, type and size, to be saved. Nothing of it is opened in this page. */
export const FileCard = observer(function FileCard({ place, file }: ShownFile) {
  const root = useRoot();
  const saves = root.filePart(FileSaves);
  const own = root.uploads.own(file.fileId);
  const name = file.name ?? own?.name ?? "";
  const type = shownType(file) || (own?.type ?? "");
  const size = shownSize(file) ?? own?.size;
  const Icon = iconOf(type);
  const doneBytes = saves.doneBytes(file.fileId);
  const urls = root.filePart(FileUrls);
  const expired = place !== null && urls.isExpired({ place, file });
  const save = async (from: FilePlace) => {
    try {
      await saves.save({ place: from, file });
    } catch (error) {
      urls.learn({ place: from, file }, error);
      throw error;
    }
  };
  const tooLarge = file.sealed !== undefined && (size ?? 0) > SEALED_SAVE_MAX_BYTES;
  return (
    <div className="file-card">
      <span className="file-icon">
        <Icon aria-hidden="true" />
      </span>
      <span className="card-text">
        <span className="file-name" dir="auto">
          {name}
        </span>
        {size !== undefined && (
          <span className="card-note">
            {doneBytes === undefined
              ? t("files.typeAndSize", { type: typeWord(name, type), size: sizeText(size) })
              : t("files.done", { done: sizeText(doneBytes), size: sizeText(size) })}
          </span>
        )}
        {expired && <span className="card-note">{t("files.expired")}</span>}
        {tooLarge && !expired && (
          <span className="card-note">{t("files.sealedTooLarge", { most: sizeText(SEALED_SAVE_MAX_BYTES) })}</span>
        )}
      </span>
      {place !== null && !tooLarge && !expired && doneBytes === undefined && (
        <IconButton
          icon={Download}
          label={t("files.save", { name })}
          className="file-save"
          onClick={() => void root.attempt(() => save(place))}
        />
      )}
      {doneBytes !== undefined && (
        <IconButton
          icon={X}
          label={t("files.saveCancel", { name })}
          className="file-save"
          onClick={() => saves.cancel(file.fileId)}
        />
      )}
    </div>
  );
});

export function iconOf(type: string) {
  if (type.startsWith("image/")) return Image;
  if (type.startsWith("video/")) return FileVideo;
  if (type.startsWith("audio/")) return FileMusic;
  if (/zip|compressed|tar$|gzip/.test(type)) return FileArchive;
  return type === "application/pdf" || type.startsWith("text/") ? FileText : File;
}

/** PDF, DOCX: the ending as people know it, or else the second half of the type. */
export function typeWord(name: string, type: string): string {
  const ending = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1];
  return (ending ?? type.split("/")[1] ?? "").toUpperCase();
}
