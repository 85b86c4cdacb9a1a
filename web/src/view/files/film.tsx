import { Play } from "lucide-react";
import { observer } from "mobx-react-lite";
import { playTime } from "../../i18n/file-text.ts";
import { t } from "../../i18n/t.ts";
import { previewUrl } from "../../model/file-claims.ts";
import { roomOf } from "./room.ts";
import type { ShowProps } from "./use-file-url.ts";
import { usePlayer } from "./use-player.ts";

/** A film in its room; nothing of it is fetched before somebody wants to see it. */
export const Film = observer(function Film({ place, file, onUnfit }: ShowProps) {
  const { wanted, url, failed, start, handlers } = usePlayer({ place, file }, onUnfit);
  const name = file.name ?? t("files.video");
  const preview = previewUrl(file.preview);
  if (url !== undefined) {
    return (
      <video
        className="picture"
        style={roomOf(file)}
        src={url}
        aria-label={name}
        controls
        autoPlay
        playsInline
        {...handlers}
      />
    );
  }
  return (
    <button
      type="button"
      className="picture"
      style={roomOf(file)}
      aria-label={t("files.play", { name })}
      aria-busy={wanted && !failed}
      onClick={start}
    >
      {preview !== undefined && <img className="picture-blurred" src={preview} alt="" />}
      <span className="picture-play">
        {wanted && !failed ? <span className="spinner" aria-hidden="true" /> : <Play aria-hidden="true" />}
      </span>
      <span className="picture-time">
        {failed ? t("files.showAgain") : file.durationMs === undefined ? t("files.video") : playTime(file.durationMs)}
      </span>
    </button>
  );
});
