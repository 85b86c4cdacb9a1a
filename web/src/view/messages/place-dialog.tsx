import { limits } from "@parley/protocol";
import { LocateFixed } from "lucide-react";
import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Field } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "../welcome/use-form.ts";

/** A fix that takes longer is typed faster. */
const LOCATE_WITHIN_MS = 15_000;

/** A place: where one is, as far as the page may ask, or numbers that are typed. */
export function PlaceDialog({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  const [latitude, setLatitude] = useState("");
  const [longitude, setLongitude] = useState("");
  const [label, setLabel] = useState("");
  const [state, setState] = useState<"idle" | "asking" | "failed">("idle");
  const place = { latitude: degrees(latitude, 90), longitude: degrees(longitude, 180) };
  const ready = place.latitude !== null && place.longitude !== null;
  const locate = () => {
    setState("asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setLatitude(coords.latitude.toFixed(5));
        setLongitude(coords.longitude.toFixed(5));
        setState("idle");
      },
      () => setState("failed"),
      { enableHighAccuracy: true, timeout: LOCATE_WITHIN_MS },
    );
  };
  const { busy, failure, submit } = useForm(async () => {
    if (place.latitude === null || place.longitude === null) return;
    const body = { latitude: place.latitude, longitude: place.longitude };
    await chat.say({ kind: "location", body: { ...body, ...(label.trim() === "" ? {} : { label: label.trim() }) } });
    ui.show(null);
  });
  return (
    <Modal title={t("place.send")} onClose={() => ui.show(null)}>
      <form className="form" onSubmit={submit}>
        {window.isSecureContext && "geolocation" in navigator ? (
          <button type="button" className="button button-quiet" disabled={state === "asking"} onClick={locate}>
            <LocateFixed aria-hidden="true" />
            {state === "asking" ? t("place.locating") : t("place.here")}
          </button>
        ) : (
          <p className="notice">{t("place.insecure")}</p>
        )}
        {state === "failed" && (
          <p className="notice notice-danger" role="alert">
            {t("place.failed")}
          </p>
        )}
        <Field
          label={t("place.latitude")}
          hint={t("place.latitudeHint")}
          inputMode="decimal"
          value={latitude}
          onChange={(event) => setLatitude(event.target.value)}
          autoComplete="off"
          required
        />
        <Field
          label={t("place.longitude")}
          hint={t("place.longitudeHint")}
          inputMode="decimal"
          value={longitude}
          onChange={(event) => setLongitude(event.target.value)}
          autoComplete="off"
          required
        />
        <Field
          label={t("place.label")}
          value={label}
          onChange={(event) => setLabel(event.target.value)}
          maxLength={limits.LOCATION_LABEL_MAX}
          autoComplete="off"
        />
        {failure !== null && (
          <p className="notice notice-danger" role="alert">
            {problemText(failure)}
          </p>
        )}
        <button type="submit" className="button button-primary" disabled={busy || !ready}>
          {t("place.submit")}
        </button>
      </form>
    </Modal>
  );
}

/** Null for what is no number of degrees up to `most`. */
function degrees(text: string, most: number): number | null {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() !== "" && Number.isFinite(value) && Math.abs(value) <= most ? value : null;
}
