import { Play } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { FileCard } from "./file-card.tsx";
import type { ShowProps } from "./use-file-url.ts";
import { usePlayer } from "./use-player.ts";

/** Music and the like: its card, and a player when somebody wants to hear it. */
export const Sound = observer(function Sound({ place, file, onUnfit }: ShowProps) {
  const { wanted, url, failed, start, handlers } = usePlayer({ place, file }, onUnfit);
  const name = file.name ?? t("files.sound");
  return (
    <>
      <FileCard place={place} file={file} />
      {url === undefined ? (
        <button type="button" className="card-action sound-play" aria-busy={wanted && !failed} onClick={start}>
          <Play aria-hidden="true" />
          {failed ? t("files.showAgain") : t("files.listen")}
        </button>
      ) : (
        <audio className="sound" src={url} aria-label={name} controls autoPlay {...handlers} />
      )}
    </>
  );
});
