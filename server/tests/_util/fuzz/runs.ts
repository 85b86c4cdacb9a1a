import { randomInt } from "node:crypto";

/** Of every fuzz in `npm test`: the same stories each time. The long run takes a new one, which a failure prints. */
const SEED = 20_261_130;
/** How many more stories the long run tells. */
const LONG_FACTOR = 40;

/** Parameters of `fc.assert`. */
export function runs(count: number) {
  const long = Boolean(process.env.PARLEY_LONG);
  const seed = Number(process.env.SEED ?? 0) || (long || process.env.PARLEY_FRESH_SEEDS ? randomInt(2 ** 31) : SEED);
  return { seed, numRuns: long ? count * LONG_FACTOR : count, includeErrorInReport: true } as const;
}
