import type { Bug } from "./bugs.ts";
import type { Event } from "./faults.ts";
import { shrink } from "./shrink.ts";
import { type Told, tell } from "./tell.ts";

/** A try is a whole story, half a second of CPU: first without whole kinds of events, then without single ones. */
const TRIES_MAX = { kinds: 30, events: 70 };

/** The promise that was broken first: a shorter story must not fail by something else. */
function what(failure: string): string {
  return /^\[[A-Z]+-?\d+\]/.exec(failure)?.[0] ?? "";
}

/** A failing story as short as it gets, a line each: what people did, what went wrong, and what came of it. */
export async function shortestStory(told: Told, bug: Bug | null): Promise<string[]> {
  const { seed } = told;
  // Told once more under the same rule: leaving nothing out changes nothing.
  const failing = async (events: readonly Event[]) => {
    const again = await tell(seed, { bug, only: new Set(events.map(({ id }) => id)) });
    return again.failure !== null && what(again.failure) === what(told.failure ?? "") ? again : null;
  };
  const fails = async (events: readonly Event[]) => (await failing(events)) !== null;
  const ofKinds = (kinds: readonly Event["kind"][]) => told.events.filter(({ kind }) => kinds.includes(kind));
  const kinds = [...new Set(told.events.map(({ kind }) => kind))];
  const needed = await shrink(kinds, (some) => fails(ofKinds(some)), TRIES_MAX.kinds);
  const shrunk = await shrink(ofKinds(needed.events), fails, TRIES_MAX.events);
  const tries = needed.tries + shrunk.tries;
  const last = (await failing(shrunk.events)) ?? told;
  return [
    `seed ${seed}, shrunk from ${told.events.length} events to ${last.events.length} in ${tries} runs:`,
    ...last.events.map(({ atMs, text }) => `  ${(atMs / 1000).toFixed(1).padStart(6)} s  ${text}`),
    ...(last.failure ?? "").split("\n").map((line) => `  ${line}`),
  ];
}
