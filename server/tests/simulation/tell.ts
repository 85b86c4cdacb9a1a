import type { Bug } from "./bugs.ts";
import type { Event, FaultKind } from "./faults.ts";
import { Promises } from "./promises.ts";
import { Story } from "./story.ts";

export interface Told {
  readonly seed: number;
  /** In words; null: every promise was kept. */
  readonly failure: string | null;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly deeds: Readonly<Record<string, number>>;
  /** In their order. */
  readonly events: readonly Event[];
}

export interface Telling {
  readonly bug?: Bug | null;
  /** Ids of the events that may happen; absent: all. */
  readonly only?: ReadonlySet<string>;
}

/** Most have converged by now; what needs longer than the last look has not. */
const LOOK_AGAIN_MS = 60_000;
const LOOKS = 4;

async function converge(story: Story): Promise<void> {
  const { world } = story;
  for (let look = 1; ; look++) {
    try {
      return await new Promises(story).check();
    } catch (error) {
      if (look === LOOKS || world.objections.length > 0) throw error;
      await world.pass(LOOK_AGAIN_MS);
    }
  }
}

/** The story of one seed, from its beginning to the check of all promises. */
export async function tell(seed: number, { bug = null, only }: Telling = {}): Promise<Told> {
  const story = new Story({ seed, bug, ...(only === undefined ? {} : { only }) });
  const { world } = story;
  let failure: string | null = null;
  try {
    await story.begin();
    await story.rage();
    world.assertKept();
    await story.calm();
    await converge(story);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    failure = world.objections.length > 0 ? world.objections.join("\n") : why;
  }
  const { counts, events } = world.faults;
  return { seed, failure, faults: Object.fromEntries(counts), deeds: Object.fromEntries(world.deeds), events };
}
