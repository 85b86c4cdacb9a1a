import { ChevronLeft, ChevronRight, Download, X, ZoomIn, ZoomOut } from "lucide-react";
import { observer } from "mobx-react-lite";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { isHuge, previewUrl } from "../../model/file-claims.ts";
import { FileSaves } from "../../model/file-saves.ts";
import type { WantedFile } from "../../model/file-urls.ts";
import { picturesIn } from "../../model/pictures-in.ts";
import { useFocusBack } from "../parts/focus-back.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import "./lightbox.css";
import { useFileUrl } from "./use-file-url.ts";

const ZOOM_MAX = 8;
const ZOOM_STEP = 1.5;

/** A picture over everything, with the others of the conversation beside it. */
export const Lightbox = observer(function Lightbox({ chat, first }: LightboxProps) {
  const root = useRoot();
  const { ui, people, session } = root;
  const [current, setCurrent] = useState(first);
  const [zoom, setZoom] = useState(1);
  const focusBack = useFocusBack();
  const beside = picturesIn(chat);
  const found = beside.findIndex((one) => isSame(one, current));
  // One that was found elsewhere stands alone.
  const pictures = found === -1 ? [current] : beside;
  const at = Math.max(0, found);
  const close = () => ui.show(null);
  const go = (by: 1 | -1) => {
    const next = pictures[at + by];
    if (next === undefined) return;
    setCurrent(next);
    setZoom(1);
  };
  const scale = (by: number) => setZoom((before) => Math.min(ZOOM_MAX, Math.max(1, before * by)));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft" && zoom === 1) go(-1);
    else if (event.key === "ArrowRight" && zoom === 1) go(1);
    else if (event.key === "+" || event.key === "=") scale(ZOOM_STEP);
    else if (event.key === "-") scale(1 / ZOOM_STEP);
    else if (event.key === "0") setZoom(1);
    else return;
    event.preventDefault();
  };
  const { file, place } = current;
  const sender = chat.at(place.seq)?.sender;
  const who = sender === session.userId ? t("common.you") : sender === undefined ? undefined : people.name(sender);
  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Content className="lightbox" aria-describedby={undefined} {...focusBack} onKeyDown={onKeyDown}>
          <div className="lightbox-head">
            <Dialog.Title className="lightbox-title">
              {t("files.pictureBy", { name: file.name ?? "", who: who ?? t("common.somebody") })}
            </Dialog.Title>
            <span className="lightbox-count" role="status">
              {t("files.pictureCount", { number: at + 1, count: pictures.length })}
            </span>
            <IconButton
              icon={Download}
              label={t("files.save", { name: file.name ?? "" })}
              onClick={() => void root.attempt(() => root.filePart(FileSaves).save(current))}
            />
            <Dialog.Close asChild>
              <IconButton icon={X} label={t("common.close")} />
            </Dialog.Close>
          </div>
          <Stage key={`${place.seq} ${file.fileId}`} shown={current} zoom={zoom} onScale={scale} />
          {at > 0 && (
            <IconButton
              icon={ChevronLeft}
              label={t("files.previous")}
              className="lightbox-step lightbox-previous"
              onClick={() => go(-1)}
            />
          )}
          {at < pictures.length - 1 && (
            <IconButton
              icon={ChevronRight}
              label={t("files.next")}
              className="lightbox-step lightbox-next"
              onClick={() => go(1)}
            />
          )}
          {file.caption !== undefined && file.caption !== "" && <p className="lightbox-caption">{file.caption}</p>}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
});

interface LightboxProps {
  readonly chat: Chat;
  /** The one that was pressed. */
  readonly first: WantedFile;
}

function isSame(one: WantedFile, other: WantedFile): boolean {
  return one.place.seq === other.place.seq && one.file.fileId === other.file.fileId;
}

/** The picture as large as fits, larger with the wheel, by keys or by a double click; then it scrolls. */
const Stage = observer(function Stage({ shown, zoom, onScale }: StageProps) {
  const { place, file } = shown;
  const { url, failed, again } = useFileUrl({ place, file }, true);
  const [ready, setReady] = useState(false);
  const [unfit, setUnfit] = useState(false);
  const preview = previewUrl(file.preview);
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: what scrolls takes the focus; every key has a button */}
      <div
        className="lightbox-stage"
        tabIndex={0}
        onWheel={({ deltaY, ctrlKey }) => ctrlKey && onScale(deltaY < 0 ? 1.15 : 1 / 1.15)}
        onDoubleClick={() => onScale(zoom === 1 ? ZOOM_STEP * ZOOM_STEP : 1 / ZOOM_MAX)}
      >
        <div className="lightbox-room" style={{ width: `${zoom * 100}%`, height: `${zoom * 100}%` }}>
          {preview !== undefined && !ready && <img className="lightbox-blurred" src={preview} alt="" />}
          {url !== undefined && !unfit && (
            <img
              className="lightbox-picture"
              src={url}
              alt={file.caption ?? file.name ?? t("files.image")}
              hidden={!ready}
              onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => {
                if (isHuge({ width, height })) setUnfit(true);
                else setReady(true);
              }}
              onError={() => again() || setUnfit(true)}
            />
          )}
          {(failed || unfit) && (
            <button type="button" className="button button-quiet" onClick={() => void again(true)}>
              {failed ? t("files.showAgain") : t("files.cannotShow")}
            </button>
          )}
        </div>
      </div>
      <div className="lightbox-zoom">
        <IconButton
          icon={ZoomOut}
          label={t("files.zoomOut")}
          disabled={zoom === 1}
          onClick={() => onScale(1 / ZOOM_STEP)}
        />
        <IconButton
          icon={ZoomIn}
          label={t("files.zoomIn")}
          disabled={zoom === ZOOM_MAX}
          onClick={() => onScale(ZOOM_STEP)}
        />
      </div>
    </>
  );
});

interface StageProps {
  readonly shown: WantedFile;
  readonly zoom: number;
  readonly onScale: (by: number) => void;
}
