import { useRef, useState } from "react";
import { useRoot } from "../root-context.ts";
import { type ShownFile, useFileUrl } from "./use-file-url.ts";

/** One thing plays at a time. */
let playing: HTMLMediaElement | null = null;

/** Plays on where it stood when an address has ended. */
export function usePlayer(shown: ShownFile, onUnfit: () => void) {
  const root = useRoot();
  const [wanted, setWanted] = useState(false);
  const { url, failed, again } = useFileUrl(shown, wanted);
  const stood = useRef<number | null>(null);
  return {
    /** Somebody wants to see or hear it. */
    wanted,
    url: wanted ? url : undefined,
    failed: wanted && failed,
    start: () => {
      if (failed) again();
      setWanted(true);
    },
    handlers: {
      onLoadedMetadata: ({ currentTarget }: { currentTarget: HTMLMediaElement }) => {
        if (stood.current === null) return;
        currentTarget.currentTime = stood.current;
        stood.current = null;
      },
      onPlay: ({ currentTarget }: { currentTarget: HTMLMediaElement }) => {
        if (playing !== currentTarget) playing?.pause();
        playing = currentTarget;
      },
      onError: ({ currentTarget }: { currentTarget: HTMLMediaElement }) => {
        stood.current = currentTarget.currentTime;
        // Without the server another address cannot be asked for, and this one cannot be blamed.
        if (!again() && root.connection.online) onUnfit();
      },
    },
  };
}
