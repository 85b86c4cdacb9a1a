import { Upload } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { PickedFile } from "../../model/sending-file.ts";
import { holdsFiles, pickedFrom } from "./picked.ts";

/** Takes files that are dropped anywhere on the page while a conversation is open. */
export const DropZone = memo(function DropZone({ title, onFiles }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const take = useRef(onFiles);
  take.current = onFiles;
  useEffect(() => {
    // Each element that is entered before the last one is left counts.
    let depth = 0;
    const onEnter = ({ dataTransfer }: DragEvent) => {
      if (!holdsFiles(dataTransfer)) return;
      depth += 1;
      setOver(true);
    };
    const onLeave = ({ dataTransfer }: DragEvent) => {
      if (!holdsFiles(dataTransfer)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const onOver = (event: DragEvent) => {
      if (!holdsFiles(event.dataTransfer)) return;
      // Otherwise the browser would leave the page and open the file.
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
    };
    const onDrop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (event.dataTransfer === null || !holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      take.current(pickedFrom(event.dataTransfer));
    };
    window.addEventListener("dragenter", onEnter);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("dragover", onOver);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragenter", onEnter);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("drop", onDrop);
    };
  }, []);
  return over ? (
    <div className="drop-zone">
      <Upload aria-hidden="true" />
      {t("files.dropHere", { title })}
    </div>
  ) : null;
});

interface DropZoneProps {
  readonly title: string;
  readonly onFiles: (picked: readonly PickedFile[]) => void;
}
