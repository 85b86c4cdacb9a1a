import { type SyntheticEvent, useEffect, useRef, useState } from "react";
import { useRoot } from "../root-context.ts";
import { type ShownFile, useFileUrl } from "./use-file-url.ts";

/** One thing plays at a time. */
let playing: HTMLMediaElement | null = null;
/** A player that came so much further before it failed again has another trouble than the last time. */
const MOVED_S = 0.5;

/** How a player stood when its address did not do any more. */
interface Standing {
  readonly at: number;
  readonly plays: boolean;
  readonly rate: number;
}

/**
 * Plays on where it stood when an address has ended. The player stays meanwhile: a new one would forget its loudness and
 * leave the full screen.
 */
export function usePlayer(shown: ShownFile, onUnfit: () => void) {
  const { connection } = useRoot();
  const { online } = connection;
  const [wanted, setWanted] = useState(false);
  const { url, failed, again } = useFileUrl(shown, wanted);
  const lastUrl = useRef<string | undefined>(undefined);
  if (url !== undefined) lastUrl.current = url;
  const stood = useRef<Standing | null>(null);
  const failedAt = useRef<number | null>(null);
  const loaded = useRef(false);
  const renew = (afresh: boolean) => {
    const at = stood.current?.at ?? 0;
    const moved = failedAt.current !== null && Math.abs(at - failedAt.current) >= MOVED_S;
    failedAt.current = at;
    if (!again(afresh || moved)) onUnfit();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the return of the connection that is waited for
  useEffect(() => {
    if (online && stood.current !== null && lastUrl.current === url) renew(true);
  }, [online]);
  return {
    /** Somebody wants to see or hear it. */
    wanted,
    url: wanted && !(failed && online) ? (url ?? lastUrl.current) : undefined,
    failed: wanted && failed,
    start: () => {
      if (failed) again(true);
      setWanted(true);
    },
    handlers: {
      onLoadedMetadata: ({ currentTarget: player }: SyntheticEvent<HTMLMediaElement>) => {
        loaded.current = true;
        if (stood.current === null) return;
        const { at, plays, rate } = stood.current;
        stood.current = null;
        player.currentTime = at;
        player.playbackRate = rate;
        // Another address begins to play by itself.
        if (!plays) player.pause();
      },
      onPlay: ({ currentTarget: player }: SyntheticEvent<HTMLMediaElement>) => {
        if (playing !== player) playing?.pause();
        playing = player;
      },
      onError: ({ currentTarget: player }: SyntheticEvent<HTMLMediaElement>) => {
        // Its code tells nothing: to Chromium a refused range is an error of decoding.
        // One that fails before it has begun again still stands where the one before did.
        stood.current ??= {
          at: player.currentTime,
          plays: !loaded.current || !player.paused,
          rate: player.playbackRate,
        };
        loaded.current = false;
        // Without the server another address cannot be asked for, and this one cannot be blamed.
        if (online) renew(false);
      },
    },
  };
}
