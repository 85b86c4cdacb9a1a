/** So many bars are told apart. */
const BARS = 48;
const LOUDEST = 255;

/** Loudness from the beginning to the end; what was heard is darker. */
export function Waveform({ loudness, part }: { loudness: readonly number[]; part: number }) {
  const bars = Array.from({ length: BARS }, (_, at) => loudnessAt(loudness, at / BARS, (at + 1) / BARS));
  return (
    <svg className="waveform" viewBox={`0 0 ${BARS * 3} 24`} preserveAspectRatio="none" aria-hidden="true">
      {bars.map((height, at) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: bars never move
          key={at}
          x={at * 3}
          y={12 - Math.max(1, height * 11)}
          width={2}
          height={Math.max(2, height * 22)}
          rx={1}
          className={at / BARS < part ? "waveform-heard" : undefined}
        />
      ))}
    </svg>
  );
}

/** The loudest of a stretch, from 0 to 1. */
function loudnessAt(loudness: readonly number[], from: number, to: number): number {
  const first = Math.floor(from * loudness.length);
  const stretch = loudness.slice(first, Math.max(first + 1, Math.floor(to * loudness.length)));
  return Math.max(0, ...stretch) / LOUDEST;
}
