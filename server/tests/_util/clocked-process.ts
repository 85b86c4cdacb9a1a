import { createInterface } from "node:readline";
import { parseCommandLine } from "../../src/config.ts";
import { createNode } from "../../src/node.ts";
import { MovingClock } from "./moving-clock.ts";

/** A server as `main.ts` runs it, by a clock that is set forward by so many milliseconds with each line that it reads. */
const line = parseCommandLine(process.argv.slice(2), process.env);
if (line.command !== "run") throw new Error("It only runs.");
const clock = new MovingClock();
const node = await createNode(line.config, { clock });
console.log(`Parley  ${node.url}`);
createInterface({ input: process.stdin }).on("line", (ms) => {
  clock.forward(Number(ms));
  console.log("forward");
});
