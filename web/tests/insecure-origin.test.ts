import assert from "node:assert/strict";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findings } from "./_util/axe.ts";
import { message, openChat, openChatWith, PASSWORD, reached, register, signIn, write } from "./_util/browser.ts";
import { useStage } from "./_util/stage.ts";
import { disguises, overheard, tapWire } from "./_util/wire.ts";

describe("a page without a secure context", () => {
  const stage = useStage();

  it("[NET-1] a secure and an insecure page hold a conversation, and the insecure one never says verified", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await register(anna, stage.server.url, "anna", "Anna");
    await register(bo, stage.server.insecureUrl, "bochen", "Bo");
    assert.equal(await bo.evaluate(() => isSecureContext || crypto.subtle !== undefined), false);
    await openChatWith(anna, "bochen", "Bo");
    await write(anna, "from the secure side");
    await openChat(bo, "Anna");
    await message(bo, "from the secure side").waitFor();
    await write(bo, "from the insecure side");
    await message(anna, "from the insecure side").waitFor();
    await reached(anna, "from the secure side", "read");

    await bo
      .getByRole("button", { name: /^Connection: Sealed, not verified/ })
      .first()
      .click();
    await bo.getByText("this page itself came over plain http").waitFor();
    assert.equal(await bo.getByRole("button", { name: "The codes are the same" }).count(), 0);
    await anna
      .getByRole("button", { name: /^Connection: Sealed, not verified/ })
      .first()
      .click();
    await anna.getByRole("button", { name: "The codes are the same" }).click();
    await anna.getByText("Sealed and verified").first().waitFor();
  });

  it("[NET-1] between both pages and the server, nothing that they say crosses the wire in clear", async () => {
    const wire = await tapWire(Number(stage.server.port));
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, `http://localhost:${wire.port}`, "anna");
    await signIn(bo, `http://chat.test:${wire.port}`, "bochen");
    await openChat(anna, "Bo");
    await openChat(bo, "Anna");
    await write(anna, "canary of the secure page");
    await message(bo, "canary of the secure page").waitFor();
    await write(bo, "canary of the insecure page");
    await message(anna, "canary of the insecure page").waitFor();
    await stage.browser.closePeople();
    for (const direction of ["toServer", "toClient"] as const) {
      const bytes = await overheard(wire, direction);
      assert(bytes.length > 2_000, "both pages went over this wire");
      for (const secret of ["canary of the", "message.send", "bochen", PASSWORD]) {
        for (const disguise of await disguises(secret)) assert(!bytes.includes(disguise), `${secret}, ${direction}`);
      }
    }
    await wire.close();
  });

  it("[FILE-5] says in words the largest file that works there, before a byte moves", async () => {
    const bo = await stage.browser.person();
    await signIn(bo, stage.server.insecureUrl, "bochen");
    await openChat(bo, "Anna");
    const folder = await mkdtemp(join(tmpdir(), "parley-large-"));
    const path = join(folder, "large.iso");
    await writeFile(path, "");
    // Holes only: it takes no room.
    await truncate(path, 1024 ** 3 + 1);
    await bo.locator('input[type=file][aria-label="File"]').setInputFiles(path);
    await bo.getByText("Too large for a page over plain http: files of up to 1 GB work here.").waitFor();
    assert.ok(await bo.getByRole("button", { name: "Send", exact: true }).isDisabled());
    await rm(folder, { recursive: true });
  });

  for (const choice of ["web", "pure-worker", "pure-forge"]) {
    it(`signs in and talks with the provider ${choice}`, async () => {
      const bo = await stage.browser.person();
      const origin = choice === "web" ? stage.server.url : stage.server.insecureUrl;
      await signIn(bo, `${origin}/#crypto=${choice}`, "bochen");
      await openChat(bo, "Anna");
      await message(bo, "from the secure side").waitFor();
      await write(bo, `sealed by ${choice}`);
      await reached(bo, `sealed by ${choice}`, "sent");
    });
  }

  it("a server with another identity is a hard stop: nothing is sent, and no click goes on", async () => {
    const anna = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await stage.server.down();
    await stage.server.forgetIdentity();
    await stage.server.up();
    await anna.getByRole("heading", { name: "This is not the server you know" }).waitFor({ timeout: 40_000 });
    for (const colorScheme of ["light", "dark"] as const) {
      await anna.emulateMedia({ colorScheme });
      assert.deepEqual(await findings(anna), [], colorScheme);
    }
    await anna.getByLabel("New short code, as they read it to you").fill("AAAAA AAAAA AAAAA AAAAA");
    await anna.getByRole("button", { name: "Trust the new identity and sign in again" }).click();
    await anna.getByText("This is not the code that the server shows.").waitFor();
    assert.equal(await anna.getByRole("link").count(), 0);
  });
});
