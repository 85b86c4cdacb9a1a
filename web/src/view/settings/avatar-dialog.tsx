import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import Cropper, { type Area, type Point } from "react-easy-crop";
import "react-easy-crop/react-easy-crop.css";
import { t } from "../../i18n/t.ts";
import { Choices } from "../parts/choices.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";

const SHAPES = ["round", "rect"] as const;
const ZOOM_MAX = 4;

/** Which part of the picture is shown: moved by dragging or with the arrow keys, in both shapes that an avatar has. */
export const AvatarDialog = observer(function AvatarDialog({ title, picture, onSave }: AvatarDialogProps) {
  const { ui } = useRoot();
  const [crop, setCrop] = useState<Point>({ x: 0, y: 0 });
  const [zoom, setZoom] = useState(1);
  const [area, setArea] = useState<Area | null>(null);
  const [shape, setShape] = useState<(typeof SHAPES)[number]>("round");
  const [state, setState] = useState<"choosing" | "saving" | "failed">("choosing");
  const close = () => ui.show(null);
  useEffect(() => () => URL.revokeObjectURL(picture), [picture]);
  const save = async () => {
    if (area === null) return;
    setState("saving");
    try {
      await onSave(area);
      close();
    } catch {
      setState("failed");
    }
  };
  return (
    <Modal title={title} onClose={close}>
      <div className="cropper">
        <Cropper
          image={picture}
          crop={crop}
          zoom={zoom}
          maxZoom={ZOOM_MAX}
          aspect={1}
          cropShape={shape}
          showGrid={false}
          keyboardStep={4}
          disableAutomaticStylesInjection
          cropperProps={{ role: "application", "aria-label": t("avatar.part") }}
          mediaProps={{ alt: "" }}
          onCropChange={setCrop}
          onZoomChange={setZoom}
          onCropComplete={(_part, pixels) => setArea(pixels)}
          onCropAreaChange={(_part, pixels) => setArea(pixels)}
        />
      </div>
      <p className="field-hint">{t("avatar.hint")}</p>
      <label className="setting">
        <span className="setting-label">{t("avatar.zoom")}</span>
        <input
          type="range"
          className="zoom"
          min={1}
          max={ZOOM_MAX}
          step={0.05}
          value={zoom}
          onChange={(event) => setZoom(Number(event.target.value))}
        />
      </label>
      <Choices
        label={t("avatar.preview")}
        value={shape}
        options={SHAPES}
        onChoose={setShape}
        face={(one) => (one === "round" ? t("avatar.round") : t("avatar.square"))}
      />
      {state === "failed" && (
        <p className="notice notice-danger" role="alert">
          {t("avatar.failed")}
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button button-quiet" onClick={close}>
          {t("common.cancel")}
        </button>
        <button
          type="button"
          className="button button-primary"
          disabled={area === null || state === "saving"}
          onClick={() => void save()}
        >
          {t("avatar.save")}
        </button>
      </div>
    </Modal>
  );
});

interface AvatarDialogProps {
  readonly title: string;
  readonly picture: string;
  readonly onSave: (area: Area) => Promise<void>;
}
