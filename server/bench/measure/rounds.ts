import { type Spread, spreadOf } from "./spread.ts";

/**
 * Measures each subject once per round, so that whatever else this machine does meets all of them alike. The round
 * before the first warms them up and is dropped.
 */
export async function interleaved<S, T>(
  rounds: number,
  subjects: readonly S[],
  measure: (subject: S) => Promise<T>,
): Promise<Map<S, T[]>> {
  const results = new Map<S, T[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const subject of subjects) {
      const result = await measure(subject);
      if (round > 0) results.get(subject)?.push(result);
    }
  }
  return results;
}

export interface Compared {
  readonly parley: Spread;
  readonly reference: { readonly name: string; readonly value: Spread; readonly ratio: Spread };
}

/** Round by round: the two values of a ratio were measured next to each other. */
export function compare<T>(
  parley: readonly T[],
  reference: readonly T[],
  name: string,
  value: (result: T) => number,
): Compared {
  const own = parley.map(value);
  const others = reference.map(value);
  const ratios = own.map((each, round) => each / (others[round] ?? Number.NaN));
  return { parley: spreadOf(own), reference: { name, value: spreadOf(others), ratio: spreadOf(ratios) } };
}
