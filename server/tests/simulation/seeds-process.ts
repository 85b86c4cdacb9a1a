// One of the processes of `npm run simulate`: tells the seeds that it is sent, one after the other.
import { BUG_NAMES, type Bug } from "./bugs.ts";
import { type Told, tell } from "./tell.ts";
import { shortestStory } from "./told-story.ts";

/** What the parent asks. */
type Order = { readonly seed: number; readonly shrink: boolean };

/** What it hears. */
export interface Answer {
  readonly seed: number;
  readonly failure: string | null;
  readonly faults: Told["faults"];
  readonly story: readonly string[];
}

const [named = ""] = process.argv.slice(2);
const bug: Bug | null = BUG_NAMES.find((name) => name === named) ?? null;
if (named !== "" && bug === null) throw new Error(`There is no bug "${named}"; there are ${BUG_NAMES.join(", ")}`);

process.on("message", (order: Order) => {
  void answer(order).then((said) => process.send?.(said));
});
// Whoever asked is gone.
process.on("disconnect", () => process.exit(1));

async function answer({ seed, shrink }: Order): Promise<Answer> {
  const told = await tell(seed, { bug });
  const story = told.failure !== null && shrink ? await shortestStory(told, bug) : [];
  return { seed, failure: told.failure, faults: told.faults, story };
}
