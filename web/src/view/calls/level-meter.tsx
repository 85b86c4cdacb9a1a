import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { OwnMedia } from "../../model/calls/own-media.ts";

/** Whether one is heard. */
export const LevelMeter = observer(function LevelMeter({ media }: { media: OwnMedia }) {
  return (
    <meter
      className="call-level"
      aria-label={t("calls.device.level")}
      min={0}
      max={1}
      value={Number(media.loudness.toFixed(2))}
    />
  );
});
