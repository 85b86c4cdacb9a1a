/** Speech near a microphone, as far as loudness goes. */
const LOUD = 0.3;
const LOOK_MS = 100;

let context: AudioContext | null = null;

/** Loudness of a track from 0 to 1. The answer ends it. */
export function meter(track: MediaStreamTrack, heard: (loudness: number) => void): () => void {
  context ??= new AudioContext();
  // It may have been made before anybody touched the page.
  void context.resume().catch(() => {});
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(wave);
    let power = 0;
    for (const value of wave) power += value * value;
    heard(Math.min(1, Math.sqrt(power / wave.length) / LOUD));
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}
