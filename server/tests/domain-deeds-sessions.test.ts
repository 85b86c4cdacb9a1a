import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DyingDeeds } from "./_util/dying-deeds.ts";
import { DyingStore } from "./_util/dying-store.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";

let deeds: DyingDeeds;
before(async () => {
  deeds = await DyingDeeds.start();
});
afterEach(() => deeds.end());
after(async () => {
  await deeds.stop();
  await removeTemporaryFolders();
});

test("[ACC-6] a revocation is finished by whoever starts next", async () => {
  await deeds.dieAtEveryWrite(
    async ({ node, carol }) => {
      const phone = node.connect();
      await phone.signInAs("carol");
      return () => carol.call("account.revokeDevice", { deviceId: phone.session?.deviceId ?? "" });
    },
    async ({ carol }, told) => {
      const { devices } = await carol.call("account.devices", {});
      if (told) assert.equal(devices.length, 1);
      await carol.call("account.revokeOthers", {});
    },
  );
});

test("[ACC-7] who signs out while the store fails and hangs up is not taken for connected again", async () => {
  const dying = new DyingStore();
  const { node, carol } = await deeds.enter(dying);
  dying.dieAfter(0);
  const signOut = carol.call("auth.signOut", {});
  carol.hangUp();
  await assert.rejects(signOut);
  assert.equal(await carol.closed, "normal");
  await node.services.dispose().catch(() => {});
  await (await deeds.enter()).node.stop();
});
