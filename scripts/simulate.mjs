// `npm run simulate -- --seeds 1000`: the whole system under faults of every kind, with seeds that nobody has tried before.
// `--from n` begins at a seed, `--seed n` tells one, `--seconds n` ends sooner; `--bug NAME` puts a known mistake in and ends
// when it is noticed.
import { fork } from "node:child_process";
import { randomInt } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildStale } from "./steps/build-stale.mjs";
import { install } from "./steps/install.mjs";
import { ROOT } from "./steps/paths.mjs";

const USAGE = `npm run simulate -- [--seeds N] [--from n] [--seed n] [--seconds n] [--bug NAME] [--processes N]
  --seeds      how many stories to tell (100)
  --from       the first seed; without it nobody has tried it before
  --seed       tell this one alone
  --seconds    begin no further story after this time
  --bug        with a known mistake put in, until it is noticed: see server/tests/simulation/bugs.ts
  --processes  how many to use (one for each core)`;

/** Failing stories that are shrunk, which takes a minute each; of further ones only the seed is told. */
const SHRUNK_MAX = 3;
/** Seeds are no larger, so that the last ones of a long run are still exact. */
const SEED_MAX = 2 ** 31;
const PROCESS = join(ROOT, "server", "dist", "tests", "simulation", "seeds-process.js");

const say = (text) => process.stdout.write(`${text}\n`);

/** Null when they cannot be understood. */
function readArguments() {
  const number = { type: "string" };
  const options = {
    seeds: number,
    from: number,
    seed: number,
    seconds: number,
    processes: number,
    bug: { type: "string" },
  };
  try {
    const { values } = parseArgs({ options });
    const whole = (text, least) => {
      const value = Number(text);
      if (!Number.isSafeInteger(value) || value < least) throw new Error(`"${text}" is no number of that kind`);
      return value;
    };
    const one = values.seed === undefined ? null : whole(values.seed, 0);
    return {
      from: one ?? (values.from === undefined ? randomInt(SEED_MAX) : whole(values.from, 0)),
      seeds: one === null ? whole(values.seeds ?? "100", 1) : 1,
      processes: whole(values.processes ?? String(availableParallelism()), 1),
      seconds: values.seconds === undefined ? Number.POSITIVE_INFINITY : whole(values.seconds, 1),
      bug: values.bug ?? "",
    };
  } catch (error) {
    say(error.message);
    return null;
  }
}

/** Resolves when all is told, or when the bug was noticed. */
function run({ from, seeds, seconds, processes, bug }) {
  const until = performance.now() + seconds * 1000;
  const counts = new Map();
  const failing = [];
  let next = from;
  let runs = 0;
  const tellers = Array.from({ length: Math.min(processes, seeds) }, async () => {
    const child = fork(PROCESS, [bug], { execArgv: ["--enable-source-maps"] });
    const gone = new Promise((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`a process of the simulation ended (${code})`)));
    });
    gone.catch(() => {});
    while (next < from + seeds && performance.now() < until && !(bug !== "" && failing.length > 0)) {
      const seed = next++;
      const answered = new Promise((resolve) => child.once("message", resolve));
      child.send({ seed, shrink: failing.length < SHRUNK_MAX });
      const { failure, faults, story } = await Promise.race([answered, gone]);
      runs += 1;
      for (const [kind, count] of Object.entries(faults)) counts.set(kind, (counts.get(kind) ?? 0) + count);
      if (failure === null) continue;
      failing.push(seed);
      say(story.length > 0 ? `\n${story.join("\n")}\n` : `\nseed ${seed}: ${failure}\n`);
    }
    child.removeAllListeners("exit");
    child.kill();
  });
  return Promise.all(tellers).then(() => ({ runs, counts, failing }));
}

const asked = readArguments();
if (asked === null) {
  say(USAGE);
  process.exitCode = 2;
} else {
  await install(say);
  await buildStale(say, ["relay", "server"]);
  const { from, seeds, bug } = asked;
  say(
    `Telling ${seeds} ${seeds === 1 ? "story" : "stories"} from seed ${from}${bug === "" ? "" : ` with the bug ${bug}`}.`,
  );
  const began = performance.now();
  const { runs, counts, failing } = await run(asked);
  const seconds = (performance.now() - began) / 1000;
  say(`${runs} runs in ${seconds.toFixed(1)} s, ${(runs / seconds).toFixed(2)} a second`);
  for (const [kind, count] of [...counts].sort(([, a], [, b]) => b - a)) say(`${String(count).padStart(9)}  ${kind}`);
  if (bug !== "") say(failing.length > 0 ? `The bug was noticed by run ${runs}.` : "The bug was not noticed.");
  else
    say(
      failing.length > 0 ? `Seeds that fail: ${failing.sort((a, b) => a - b).join(", ")}` : "Every promise was kept.",
    );
  // A bug that was put in has to be noticed; anything else must not be there.
  process.exitCode = failing.length > 0 === (bug !== "") ? 0 : 1;
}
