import type { LocationBody } from "@parley/protocol";
import { MapPin } from "lucide-react";
import { t } from "../../i18n/t.ts";
import { coordinates } from "../../model/message.ts";

/** Near enough to see streets. */
const ZOOM = 16;

/** A place in words and numbers. Nothing is fetched from anybody until somebody follows a link. */
export function PlaceCard({ place }: { place: LocationBody }) {
  const { latitude, longitude, label } = place;
  const where = coordinates(place);
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=${ZOOM}/${latitude}/${longitude}`;
  return (
    <div className="card-message">
      <MapPin aria-hidden="true" />
      <span className="card-text">
        <span className="card-title" dir="auto">
          {label ?? t("place.title")}
        </span>
        <span className="card-note">{where}</span>
        <span className="card-links">
          <a href={map} target="_blank" rel="noopener noreferrer nofollow">
            {t("place.map")}
          </a>
          <a href={`geo:${latitude},${longitude}`} rel="noopener noreferrer nofollow">
            {t("place.app")}
          </a>
        </span>
      </span>
    </div>
  );
}
