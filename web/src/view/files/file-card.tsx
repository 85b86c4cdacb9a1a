import { File } from "lucide-react";
import { sizeText } from "../../i18n/file-text.ts";
import { t } from "../../i18n/t.ts";
import type { AttachedFile } from "../../model/attached-file.ts";
import { RichText } from "../conversation/rich-text.tsx";

/** A file by its name, type and size. */
export function FileCard({ file }: { file: AttachedFile }) {
  const { name = "", type, size, caption } = file;
  return (
    <>
      <div className="card-message">
        <File aria-hidden="true" />
        <span className="card-text">
          <span className="card-title" dir="auto">
            {name}
          </span>
          {type !== undefined && size !== undefined && (
            <span className="card-note">{t("files.typeAndSize", { type, size: sizeText(size) })}</span>
          )}
        </span>
      </div>
      {caption !== undefined && <RichText text={caption} />}
    </>
  );
}
