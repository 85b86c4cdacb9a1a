/** A few notes again and again, made on the spot: no file to fetch. */
const TONES = {
  // Two rising thirds, as somebody who knocks politely.
  incoming: {
    everyMs: 2_600,
    loudness: 0.16,
    lengthS: 0.4,
    notes: [
      { hertz: 659.26, at: 0 },
      { hertz: 830.61, at: 0.16 },
      { hertz: 987.77, at: 0.32 },
      { hertz: 830.61, at: 0.7 },
      { hertz: 987.77, at: 0.86 },
    ],
  },
  // What a line sounds like that rings elsewhere.
  outgoing: { everyMs: 4_000, loudness: 0.05, lengthS: 1.1, notes: [{ hertz: 425, at: 0 }] },
} as const;

/** Silent where the browser does not let the page sound yet. The answer ends it. */
export function ring(tone: keyof typeof TONES): () => void {
  const { everyMs, loudness, lengthS, notes } = TONES[tone];
  const context = new AudioContext();
  const all = context.createGain();
  all.connect(context.destination);
  const play = () => {
    if (context.state !== "running") return;
    for (const { hertz, at } of notes) {
      const start = context.currentTime + at;
      const gain = context.createGain();
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(loudness, start + 0.02);
      gain.gain.setValueAtTime(loudness, start + lengthS * 0.4);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + lengthS);
      const oscillator = context.createOscillator();
      oscillator.frequency.value = hertz;
      oscillator.connect(gain).connect(all);
      oscillator.start(start);
      oscillator.stop(start + lengthS);
    }
  };
  void context.resume().then(play, () => {});
  const timer = setInterval(play, everyMs);
  return () => {
    clearInterval(timer);
    void context.close().catch(() => {});
  };
}
