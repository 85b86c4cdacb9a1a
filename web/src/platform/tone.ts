/** Two soft notes, a fourth apart. */
const NOTES = [
  { hertz: 587.33, at: 0 },
  { hertz: 783.99, at: 0.09 },
] as const;
const LOUDNESS = 0.12;
const LENGTH_S = 0.35;

let audio: AudioContext | null = null;

/** Browsers let a page sound only after a person has touched it: the first touch readies it. */
export function readyTone(): void {
  const ready = () => void context()?.resume();
  addEventListener("pointerdown", ready, { once: true, capture: true });
  addEventListener("keydown", ready, { once: true, capture: true });
}

/** Made on the spot: no file to fetch. Silent where the browser does not let it sound yet. */
export function playTone(): void {
  const sounding = context();
  if (sounding === null) return;
  if (sounding.state === "running") return play(sounding);
  // Waiting for a touch, it would play all that it missed at once; during one, it may begin.
  if (navigator.userActivation?.isActive) void sounding.resume().then(() => play(sounding));
}

function play(sounding: AudioContext): void {
  for (const { hertz, at } of NOTES) {
    const start = sounding.currentTime + at;
    const gain = sounding.createGain();
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH_S);
    const oscillator = sounding.createOscillator();
    oscillator.frequency.value = hertz;
    oscillator.connect(gain).connect(sounding.destination);
    oscillator.start(start);
    oscillator.stop(start + LENGTH_S);
  }
}

function context(): AudioContext | null {
  if (typeof AudioContext !== "function") return null;
  audio ??= new AudioContext();
  return audio;
}
