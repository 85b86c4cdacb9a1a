import { SlidersHorizontal } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { t } from "../../i18n/call-texts.ts";
import { OwnMedia } from "../../model/calls/own-media.ts";
import { RELAY_RULES } from "../../model/relay-rule.ts";
import { DevicePickers } from "../calls/device-pickers.tsx";
import { TrackVideo } from "../calls/track-video.tsx";
import { Choices } from "../parts/choices.tsx";
import { useRoot } from "../root-context.ts";

const RELAY_TEXTS = {
  always: "calls.settings.always",
  strangers: "calls.settings.strangers",
  never: "calls.settings.never",
} as const;

/** Who learns one's address, and what one is heard and seen with. */
export const CallsCard = observer(function CallsCard() {
  const root = useRoot();
  const { relay, calls } = root;
  const [media, setMedia] = useState<OwnMedia | null>(null);
  const look = () =>
    void root.attempt(async () => {
      const { device, choices } = await calls.open();
      const opened = new OwnMedia(device, choices);
      setMedia(opened);
      await Promise.all([opened.openMicrophone(), opened.openCamera()]);
    });
  useEffect(() => () => media?.close(), [media]);
  return (
    <section className="card" aria-label={t("calls.settings.title")} data-card="calls">
      <h3 className="card-title">{t("calls.settings.title")}</h3>
      <Choices
        label={t("calls.settings.relay")}
        value={relay.choice}
        options={RELAY_RULES}
        onChoose={(choice) => relay.choose(choice)}
        face={(choice) => t(RELAY_TEXTS[choice])}
      />
      <p className="field-hint">{t("calls.settings.relayHint")}</p>
      {calls.able !== "yes" && (
        <p className="notice" role="status">
          {t(calls.able === "insecure" ? "calls.need.insecure" : "calls.need.missing")}
          <button type="button" className="button button-text" onClick={() => root.ui.show({ name: "callsNeed" })}>
            {t("calls.need.more")}
          </button>
        </p>
      )}
      {calls.able === "yes" &&
        (media === null ? (
          <div className="setting">
            <button type="button" className="button button-quiet" onClick={look}>
              <SlidersHorizontal aria-hidden="true" />
              {t("calls.device.look")}
            </button>
            <p className="field-hint">{t("calls.device.hint")}</p>
          </div>
        ) : (
          <LookAtDevices media={media} onDone={() => setMedia(null)} />
        ))}
    </section>
  );
});

const LookAtDevices = observer(function LookAtDevices({ media, onDone }: { media: OwnMedia; onDone: () => void }) {
  return (
    <>
      {media.camera !== null && (
        <div className="call-preview">
          <TrackVideo track={media.camera} label={t("calls.lobby.preview")} mirrored />
        </div>
      )}
      <DevicePickers media={media} />
      <div className="setting">
        <button type="button" className="button button-quiet" onClick={onDone}>
          {t("calls.device.done")}
        </button>
      </div>
    </>
  );
});
