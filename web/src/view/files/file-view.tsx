import { observer } from "mobx-react-lite";
import { useState } from "react";
import { showsAs } from "../../model/file-claims.ts";
import { FileUrls } from "../../model/file-urls.ts";
import { RichText } from "../conversation/rich-text.tsx";
import { useRoot } from "../root-context.ts";
import { FileCard } from "./file-card.tsx";
import { Film } from "./film.tsx";
import { Picture } from "./picture.tsx";
import { Sound } from "./sound.tsx";
import type { ShownFile } from "./use-file-url.ts";
import { Voice } from "./voice.tsx";

/** A file in a conversation, as what it can be shown, and its caption. */
export const FileView = observer(function FileView({ place, file }: ShownFile) {
  const [unfit, setUnfit] = useState(false);
  const fileUrls = useRoot().filePart(FileUrls);
  const expired = place !== null && fileUrls.isExpired({ place, file });
  const shown = unfit || expired ? "card" : showsAs(file);
  const { caption } = file;
  const captioned = caption !== undefined && caption.trim() !== "";
  const onUnfit = () => setUnfit(true);
  return (
    <>
      <div className={shown === "picture" && !captioned ? "file-view file-view-bare" : "file-view"}>
        {shown === "picture" && <Picture place={place} file={file} onUnfit={onUnfit} />}
        {shown === "film" && <Film place={place} file={file} onUnfit={onUnfit} />}
        {shown === "voice" && <Voice place={place} file={file} onUnfit={onUnfit} />}
        {shown === "sound" && <Sound place={place} file={file} onUnfit={onUnfit} />}
        {shown === "card" && <FileCard place={place} file={file} />}
      </div>
      {captioned && <RichText text={caption} />}
    </>
  );
});
