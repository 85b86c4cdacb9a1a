import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client, memoryStorage } from "@parley/protocol/client";
import { nodeClock, nodePlatform } from "@parley/protocol/client-node";
import { when } from "mobx";
import { listen } from "../src/model/apply-event.ts";
import { Root } from "../src/model/root.ts";
import { Server } from "./_util/server.ts";

const WAIT = { timeout: 30_000 };

/** The app without a page: client library and models, as app.ts puts them together. */
async function headlessApp(url: string, handle: string, displayName: string) {
  const client = new Client({ url, ...nodePlatform(), storage: memoryStorage(), device: { name: "Headless" } });
  const shelf = { read: async () => undefined, write: async () => {} };
  const shelves = {
    drafts: shelf,
    cards: shelf,
    contacts: shelf,
    pictures: shelf,
    preferences: { read: () => undefined, write: () => {} },
  };
  const root = new Root(
    client,
    shelves,
    nodeClock,
    async () => [],
    async () => "",
  );
  const ends = [listen(root, client), root.follow()];
  await client.start();
  await root.session.register({ handle, password: "vivid-otter-lantern-42", displayName });
  return {
    root,
    async close() {
      for (const end of ends) end();
      await client.stop();
    },
  };
}

describe("[CLI-1] the models alone", () => {
  let server: Server;
  before(async () => {
    server = await Server.start();
  });
  after(() => server.remove());

  it("hold a conversation without a page", async () => {
    const anna = await headlessApp(server.wsUrl, "anna", "Anna");
    const bo = await headlessApp(server.wsUrl, "bochen", "Bo");
    const [found] = await anna.root.people.find("boch");
    assert.ok(found);
    anna.root.ui.openChat(await anna.root.chats.openDirect(found.userId));
    await anna.root.chat?.send("Hello Bo");

    await when(() => bo.root.chats.unread === 1, WAIT);
    const [chat] = bo.root.chats.sorted;
    assert.ok(chat);
    assert.equal(chat.title, "Anna");
    bo.root.ui.openChat(chat.chatId);
    await when(() => chat.lines.some((line) => line.kind === "text" && line.body.text === "Hello Bo"), WAIT);
    chat.markSeen(chat.timeline.head);
    assert.equal(bo.root.chats.unread, 0);

    const mine = () => anna.root.chat?.lines.find((line) => line.kind === "text");
    await when(() => {
      const line = mine();
      return line?.kind === "text" && anna.root.chat?.deliveryOf(line) === "read";
    }, WAIT);
    chat.tellTyping(true);
    await when(() => anna.root.chat?.typing.userIds.length === 1, WAIT);
    await Promise.all([anna.close(), bo.close()]);
  });
});
