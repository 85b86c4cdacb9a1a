import { LoaderCircle, Pause, Play } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useMemo, useRef, useState } from "react";
import { playTime } from "../../i18n/file-text.ts";
import { t } from "../../i18n/t.ts";
import { IconButton } from "../parts/icon-button.tsx";
import type { ShowProps } from "./use-file-url.ts";
import { usePlayer } from "./use-player.ts";
import { Waveform } from "./waveform.tsx";

/** A voice message: one button, and its loudness as a scale to seek on. */
export const Voice = observer(function Voice({ place, file, onUnfit }: ShowProps) {
  const { wanted, url, failed, start, handlers } = usePlayer({ place, file }, onUnfit);
  const audio = useRef<HTMLAudioElement>(null);
  const [plays, setPlays] = useState(false);
  const [at, setAt] = useState(0);
  const lengthS = (file.durationMs ?? 0) / 1000;
  const loudness = useMemo(() => bytesOf(file.waveform), [file.waveform]);
  const toggle = () => {
    const player = audio.current;
    if (player === null) start();
    else if (plays) player.pause();
    else void player.play();
  };
  const seek = (seconds: number) => {
    setAt(seconds);
    if (audio.current !== null) audio.current.currentTime = seconds;
  };
  const loading = wanted && url === undefined && !failed;
  return (
    <div className="voice">
      <IconButton
        icon={loading ? LoaderCircle : plays ? Pause : Play}
        label={failed ? t("files.showAgain") : plays ? t("files.pause") : t("files.listen")}
        className="voice-play"
        aria-busy={loading}
        onClick={toggle}
      />
      <span className="voice-scale">
        <Waveform loudness={loudness} part={lengthS === 0 ? 0 : at / lengthS} />
        <input
          type="range"
          aria-label={t("files.position")}
          aria-valuetext={playTime(at * 1000)}
          min={0}
          max={Math.max(lengthS, 0.1)}
          step={0.1}
          value={Math.min(at, lengthS)}
          disabled={url === undefined}
          onChange={(event) => seek(Number(event.target.value))}
        />
      </span>
      <span className="voice-time">{playTime((plays || at > 0 ? at : lengthS) * 1000)}</span>
      {url !== undefined && (
        <audio
          ref={audio}
          src={url}
          autoPlay
          {...handlers}
          onPlaying={() => setPlays(true)}
          onPause={() => setPlays(false)}
          onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime)}
          onEnded={() => {
            setPlays(false);
            setAt(0);
          }}
        />
      )}
    </div>
  );
});

function bytesOf(waveform: string | undefined): readonly number[] {
  if (waveform === undefined) return [];
  try {
    const text = atob(waveform.replaceAll("-", "+").replaceAll("_", "/"));
    return [...text].map((letter) => letter.charCodeAt(0));
  } catch {
    return [];
  }
}
