import { setPriority } from "node:os";
import { paced } from "../load/paced.ts";
import { Tally } from "../load/tally.ts";
import { Person } from "../parley/person.ts";
import type { Watch } from "./onlooker.ts";

/** The program behind onlooker.ts: `node onlooker-program.js <url> <number of the person>`. */
const HIGHEST = -20;

async function main(): Promise<void> {
  const [url = "", number = ""] = process.argv.slice(2);
  const person = new Person(Number(number));
  await person.register(url, new Tally());
  const talker = await person.resume(url, new Tally());
  const ask = async () => {
    const startedAt = performance.now();
    await talker.request("account.get", {});
    return performance.now() - startedAt;
  };
  process.on("message", ({ perSecond, count }: Watch) => {
    void paced(perSecond, count, ask).then((times) => process.send?.(times));
  });
  process.on("disconnect", () => process.exit());
  process.stdout.write(`ready ${outranks() ? "before all else" : "among others"}\n`);
}

/** Only root may. */
function outranks(): boolean {
  try {
    setPriority(HIGHEST);
    return true;
  } catch {
    return false;
  }
}

await main();
