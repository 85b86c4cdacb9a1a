import { after } from "node:test";
import { describeObjects } from "../src/objects/objects.contract.ts";
import { systemClock } from "../src/platform.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { listeningObjects } from "./_util/objects.ts";

after(removeTemporaryFolders);

describeObjects("built-in service", async () => {
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const store = await listeningObjects(clock);
  return {
    ...store,
    async pass(seconds) {
      aheadMs += seconds * 1_000;
    },
  };
});
