import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../steps/paths.mjs";
import { PARTS } from "./import-rules.mjs";
import { importOffences } from "./imports.mjs";

const REFUSED = [
  ["protocol/src/frame.ts", "@parley/server", "the protocol knows no server"],
  ["protocol/src/frame.ts", "../../server/src/log.ts", "a package is not entered by its path"],
  ["protocol/src/frame.ts", "./client/client.ts", "the tables know no client library"],
  ["protocol/src/secure/record.ts", "node:crypto", "the channel is free of Node"],
  ["protocol/src/secure/record.ts", "./crypto-node.ts", "the channel is handed its primitives"],
  ["protocol/src/client/outbox.ts", "node:fs", "the client library is free of Node"],
  ["protocol/src/client/outbox.ts", "ws", "the client library is handed its socket"],
  ["server/src/domain/messages/append.ts", "../../api/message.ts", "domain does not look up to api"],
  ["server/src/domain/messages/append.ts", "../../gateway/connection.ts", "domain does not look up to gateway"],
  ["server/src/api/message.ts", "../gateway/connection.ts", "api does not look up to gateway"],
  ["server/src/api/message.ts", "../store/keys.ts", "api has no keys"],
  ["server/src/gateway/dispatch.ts", "../store/embedded.ts", "the gateway touches no data"],
  ["server/src/live/rooms.ts", "../domain/services.ts", "live does not look up to domain"],
  ["server/src/store/embedded.ts", "../live/caller.ts", "the store does not look up to live"],
  ["server/src/store/embedded.ts", "../bus/bus.ts", "the store does not know the bus"],
  ["server/src/store/embedded.ts", "../node.ts", "nobody knows the composition root"],
  ["server/src/api/message.ts", "./message.test.ts", "nothing that ships knows a test"],
  ["server/src/domain/chats/group.ts", "ioredis", "only store and bus speak Redis"],
  ["turn/src/credentials.ts", "./config.ts", "credentials know no coturn"],
  ["turn/src/check/check.ts", "../run.ts", "the test of a relay runs none"],
  ["turn/src/check/check.ts", "@parley/server", "turn knows nobody of ours"],
  ["web/src/model/chat.ts", "react", "models run without React"],
  ["web/src/model/chat.ts", "../view/timeline.tsx", "models know no view"],
  ["web/src/model/chat.ts", "@parley/server", "the web app knows the protocol only"],
  ["web/src/view/timeline.tsx", "localforage", "views have no cache"],
  ["web/src/view/timeline.tsx", "@parley/protocol/secure", "views have no secrets"],
  ["web/src/view/timeline.tsx", "@parley/protocol/client", "views do not talk"],
  ["web/src/view/timeline.tsx", "../cache/messages.ts", "views have no cache"],
];

for (const [path, target, why] of REFUSED) {
  test(`${path} may not import ${target}: ${why}`, () => {
    for (const text of [
      `import { x } from "${target}";`,
      `import type { X } from "${target}";`,
      `export { x } from "${target}";`,
      `export * from "${target}";`,
      `const x = await import("${target}");`,
      `let x: import("${target}").X;`,
    ]) {
      const offences = importOffences(path, `\n${text}`);
      assert.equal(offences.length, 1, text);
      assert.ok(offences[0].startsWith(`${path}:2 imports "${target}"`), offences[0]);
    }
  });
}

const ALLOWED = [
  ["protocol/src/secure/crypto-node.ts", "node:crypto"],
  ["protocol/src/client/node.ts", "ws"],
  ["server/src/gateway/dispatch.ts", "../api/handlers.ts"],
  ["server/src/api/message.ts", "../domain/messages/append.ts"],
  ["server/src/domain/messages/append.ts", "../../store/kv.ts"],
  ["server/src/node.ts", "./store/embedded.ts"],
  ["server/src/store/embedded.test.ts", "./embedded.ts"],
  ["server/tests/kill.test.ts", "../src/node.ts"],
  ["turn/src/run.ts", "./config.ts"],
  ["turn/src/check/check.ts", "../credentials.ts"],
  ["web/src/model/chat.ts", "mobx"],
  ["web/src/view/timeline.tsx", "../model/chat.ts"],
];

for (const [path, target] of ALLOWED) {
  test(`${path} may import ${target}`, () => {
    assert.deepEqual(importOffences(path, `import { x } from "${target}";`), []);
  });
}

test("every part that the rules name exists", () => {
  assert.deepEqual(
    Object.keys(PARTS).filter((part) => !existsSync(join(ROOT, part))),
    [],
  );
});
