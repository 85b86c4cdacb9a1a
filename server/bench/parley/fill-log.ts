// `node fill-log.js <data folder> <chat id> <entries>`: copies what a chat's log holds until it is that long, while no server runs.

import { systemClock } from "../../src/platform.ts";
import { openEmbedded } from "../../src/store/embedded.ts";
import { chatLog } from "../../src/store/keys.ts";
import { storeLocation } from "../../src/store/location.ts";
import { newClientId } from "../load/talker.ts";

const COPIED_AT_ONCE = 1_000;

const [data = "", chatId = "", entries = ""] = process.argv.slice(2);
const kv = openEmbedded({ path: storeLocation({ store: "", data }), clock: systemClock, alone: true });
const log = chatLog(chatId);
const originals = (await kv.listRange(log, 0, COPIED_AT_ONCE))
  .map((entry) => JSON.parse(entry) as Record<string, unknown>)
  .filter(({ kind }) => kind === "text");
for (let length = await kv.listLength(log); length < Number(entries); length += COPIED_AT_ONCE) {
  const count = Math.min(COPIED_AT_ONCE, Number(entries) - length);
  await Promise.all(
    Array.from({ length: count }, (_, at) => {
      const copy = { ...originals[at % originals.length], clientId: newClientId(), sentAt: Date.now() };
      return kv.listPush(log, JSON.stringify(copy));
    }),
  );
}
await kv.close();
