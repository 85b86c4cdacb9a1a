import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../src/platform.ts";
import { openStoreInWorker } from "../../src/store/open-store.ts";

/** A worker that answers the length of a list and its last entry, as it sees them now. */
const { location, key } = workerData as { location: string; key: string };
const kv = await openStoreInWorker({ location, clock: systemClock });

parentPort?.on("message", async (message: "look" | "write" | "close") => {
  switch (message) {
    case "look": {
      kv.refresh();
      const length = await kv.listLength(key);
      parentPort?.postMessage([length, await kv.listGet(key, length - 1)]);
      return;
    }
    case "write":
      await kv.listPush(key, "from a worker").catch((error: Error) => parentPort?.postMessage(error.message));
      return;
    case "close":
      await kv.close();
      parentPort?.close();
  }
});
parentPort?.postMessage("ready");
