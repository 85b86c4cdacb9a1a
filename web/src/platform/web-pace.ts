import type { Pace } from "../model/arrivals.ts";

/** Two letters a second are still writing. */
const WRITING_MS = 500;

/** Follows the keys that are pressed where somebody writes. */
export function webPace(): Pace {
  let writtenAt = Number.NEGATIVE_INFINITY;
  let painted = () => {};
  let frame = 0;
  // A task comes once the frame has gone to those who draw, beside whom the page works on. To wait for a second frame would keep
  // their clock going, and the next letter, too, would wait for its beat.
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => painted();
  const tell = () => port2.postMessage(null);
  addEventListener(
    "keydown",
    ({ target, key }) => {
      if (!(target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement)) return;
      // Who sends has written, and waits for what they sent.
      writtenAt = key === "Enter" ? Number.NEGATIVE_INFINITY : performance.now();
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(tell);
    },
    { capture: true, passive: true },
  );
  return {
    writing: () => performance.now() - writtenAt < WRITING_MS,
    onPainted(run) {
      painted = run;
    },
  };
}
