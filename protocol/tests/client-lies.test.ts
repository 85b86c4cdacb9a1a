import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EVENTS } from "../src/events.ts";
import { ModelServer } from "./client-model-server.ts";
import { person } from "./client-person.ts";
import { VirtualTime } from "./client-virtual-time.ts";

/** Something that is almost right is worse than nonsense. */
const lie = (truth: unknown): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(null, [], {}, -1, "", { ...(truth as object), messages: [{ seq: 0 }] }),
    fc.constant({ ...(truth as object), chats: "none", head: -1, seq: 1.5, epoch: 7, pos: null }),
  );

test("a server that lies about everything costs answers, never the client", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(lie({})),
      fc.array(fc.tuple(fc.constantFrom(...Object.keys(EVENTS)), fc.jsonValue())),
      async (lies, events) => {
        const time = new VirtualTime();
        const server = new ModelServer(time);
        const ann = await person(server);
        const ben = server.id();
        const chatId = server.id();
        server.chats.make(chatId, "direct", [ann.userId, ben]);
        server.write(chatId, ben, "before");
        await time.until(() => ann.client.chat(chatId) !== undefined, "chat");
        server.lie = ({ method }) => (method.startsWith("auth.") ? undefined : lies.next().value);
        server.cut();
        for (const [event, params] of events) server.push(ann.userId, event, params);
        void ann.client.send(chatId, { kind: "text", body: { text: "through it all" } });
        ann.client.markRead(chatId, 1);
        void ann.client.history(chatId, { limit: 10 }).catch(() => {});
        void ann.client.request("user.find", { handle: "x" }).catch(() => {});
        await time.pass(30_000);
        server.lie = () => undefined;
        server.write(chatId, ben, "after");
        await time.until(() => ann.client.outbox.length === 0, "sent", 600_000);
        await time.until(
          () => ann.client.chat(chatId)?.head === server.chats.chats.get(chatId)?.log.length,
          "converged",
          600_000,
        );
        assert.ok(ann.screen.texts(chatId).includes("after"));
      },
    ),
    { numRuns: 25 },
  );
});
