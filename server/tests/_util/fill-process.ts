import { systemClock } from "../../src/platform.ts";
import { openEmbedded } from "../../src/store/embedded.ts";
import { StoreUnavailable } from "../../src/store/kv.ts";

/** A process that pushes until the disk takes no more, goes on for a while, and prints how much was acknowledged. */
const [path = ""] = process.argv.slice(2);
const kv = openEmbedded({ path, clock: systemClock });
let acknowledged = 0;
for (let refused = 0; refused < 50; ) {
  const pushes = Array.from({ length: 10 }, () => kv.listPush("log", "x".repeat(5_000)));
  for (const outcome of await Promise.allSettled(pushes)) {
    if (outcome.status === "fulfilled") acknowledged++;
    else if (outcome.reason instanceof StoreUnavailable) refused++;
    else throw outcome.reason;
  }
}
await kv.close();
console.log(acknowledged);
