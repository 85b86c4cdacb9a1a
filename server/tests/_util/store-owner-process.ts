import { Pipe, parentEnd } from "../../src/pipe.ts";
import { systemClock } from "../../src/platform.ts";
import { openEmbedded } from "../../src/store/embedded.ts";
import { serveStore } from "../../src/store/ipc/owner.ts";

/** A process that owns the embedded store, for the one that forked it. */
const [path = ""] = process.argv.slice(2);
let aheadMs = 0;
const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
const store = openEmbedded({ path, clock, alone: true });
const pipe = new Pipe(parentEnd());
serveStore(store, pipe);
pipe.onAsk("ahead", (ms) => {
  aheadMs = ms as number;
});
pipe.onAsk("close", () => store.close());
