import { MicOff, Pin, PinOff } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { CurrentCall } from "../../model/calls/current-call.ts";
import type { Tile } from "../../model/calls/tiles.ts";
import { Avatar } from "../parts/avatar.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { personName } from "./call-words.ts";
import { TrackVideo } from "./track-video.tsx";

/** One person, or the screen of one. */
export const CallTile = observer(function CallTile({ current, tile, main = false, small = false }: CallTileProps) {
  const root = useRoot();
  const { media, speakers, pinned } = current;
  const { key, kind, own, muted, userId, link } = tile;
  const person = own ? t("calls.you") : personName(root, userId);
  const isScreen = kind === "screen";
  const name = isScreen ? (own ? t("calls.screenOwn") : t("calls.screenOf", { name: person })) : person;
  const picture = own ? (isScreen ? media.screen.find((track) => track.kind === "video") : media.camera) : tile.video;
  const speaking = !isScreen && !muted && (own ? media.loudness > OWN_SPEECH : speakers.speaking.has(key));
  const label =
    muted && !isScreen ? t("calls.tileMuted", { name }) : speaking ? t("calls.tileSpeaking", { name }) : name;
  const classes = ["call-tile"];
  if (speaking) classes.push("call-tile-speaking");
  if (small) classes.push("call-tile-small");
  if (isScreen) classes.push("call-tile-screen");
  const waits = !own && (link.name === "connecting" || link.name === "reconnecting");
  return (
    <figure className={classes.join(" ")} data-tile={kind} data-own={own || undefined} aria-label={label}>
      {picture == null ? (
        <Avatar id={userId} name={personName(root, userId)} />
      ) : (
        <TrackVideo track={picture} label={name} mirrored={own && !isScreen} contained={isScreen} main={main} />
      )}
      {waits && <span className="spinner call-tile-wait" aria-hidden="true" />}
      <figcaption className="call-tile-name" aria-hidden="true">
        {muted && !isScreen && <MicOff />}
        <span>{name}</span>
      </figcaption>
      {!small && current.tiles.length > 2 && (
        <IconButton
          icon={pinned === key ? PinOff : Pin}
          label={pinned === key ? t("calls.showAll") : t("calls.show", { name })}
          className="call-tile-pin"
          onClick={() => current.pin(pinned === key ? null : key)}
        />
      )}
    </figure>
  );
});

/** Of one's own microphone; it is nearer than others are. */
const OWN_SPEECH = 0.12;

interface CallTileProps {
  readonly current: CurrentCall;
  readonly tile: Tile;
  readonly main?: boolean;
  readonly small?: boolean;
}
