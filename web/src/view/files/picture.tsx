import { ImageOff } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import { isHuge, previewUrl } from "../../model/file-claims.ts";
import { useRoot } from "../root-context.ts";
import { roomOf } from "./room.ts";
import { type ShowProps, useFileUrl } from "./use-file-url.ts";

/** A picture in its room, blurred until it is there. A press shows it large. */
export const Picture = observer(function Picture({ place, file, onUnfit }: ShowProps) {
  const { ui } = useRoot();
  const { url, failed, again } = useFileUrl({ place, file }, true);
  const [ready, setReady] = useState(false);
  const preview = previewUrl(file.preview);
  const name = file.name ?? t("files.image");
  if (failed) {
    return (
      <button type="button" className="picture picture-failed" style={roomOf(file)} onClick={() => void again(true)}>
        {preview !== undefined && <img className="picture-blurred" src={preview} alt="" />}
        <span className="picture-note">
          <ImageOff aria-hidden="true" />
          {t("files.showAgain")}
        </span>
      </button>
    );
  }
  return (
    <button
      type="button"
      className="picture"
      style={roomOf(file)}
      aria-label={t("files.openPicture", { name })}
      disabled={place === null}
      onClick={() => place !== null && ui.show({ name: "picture", shown: { place, file } })}
    >
      {preview !== undefined && !ready && <img className="picture-blurred" src={preview} alt="" />}
      {url !== undefined && (
        <img
          className="picture-whole"
          src={url}
          alt=""
          decoding="async"
          // Nothing is decoded that is not painted: a picture that turns out to be huge never is.
          hidden={!ready}
          onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => {
            if (isHuge({ width, height })) onUnfit();
            else setReady(true);
          }}
          onError={() => again() || onUnfit()}
        />
      )}
    </button>
  );
});
