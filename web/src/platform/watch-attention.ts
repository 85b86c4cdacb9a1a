/** Nobody has touched the page for so long: they have gone for a coffee, or work in another window. */
const IDLE_MS = 5 * 60_000;
/** A mouse moves often; twice in this time is as good as once. */
const TOUCH_MS = 5_000;

const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"] as const;

/** Calls `onAway` with what is true at first and whenever it changes. The answer ends it. */
export function watchAttention(onAway: (away: boolean) => void): () => void {
  let touchedAt = performance.now();
  let away: boolean | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    const idleMs = performance.now() - touchedAt;
    const now = document.visibilityState === "hidden" || idleMs >= IDLE_MS;
    if (!now) timer = setTimeout(look, IDLE_MS - idleMs);
    if (now === away) return;
    away = now;
    onAway(now);
  };
  const touched = () => {
    if (away !== true && performance.now() - touchedAt < TOUCH_MS) return;
    touchedAt = performance.now();
    look();
  };
  const seen = () => {
    if (document.visibilityState === "visible") touchedAt = performance.now();
    look();
  };
  look();
  for (const touch of TOUCHES) addEventListener(touch, touched, { passive: true, capture: true });
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearTimeout(timer);
    for (const touch of TOUCHES) removeEventListener(touch, touched, { capture: true });
    document.removeEventListener("visibilitychange", seen);
  };
}
