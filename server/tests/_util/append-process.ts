import { randomUUID } from "node:crypto";
import { systemClock } from "../../src/platform.ts";
import { openEmbedded } from "../../src/store/embedded.ts";

/** A process that appends for ever and prints `chat seq id` of whatever was acknowledged, to be killed meanwhile. */
const [path = ""] = process.argv.slice(2);
const kv = openEmbedded({ path, clock: systemClock });

const LANES = 20;
await Promise.all(
  Array.from({ length: LANES }, async (_, lane) => {
    const chat = `c:{chat${lane % 4}}`;
    for (;;) {
      const clientId = randomUUID();
      const { seq } = await kv.appendOnce({
        log: `${chat}:m`,
        bucket: `${chat}:d:0`,
        bucketTtlSeconds: null,
        id: `u:${clientId}`,
        entry: JSON.stringify({ sender: "u", clientId, sentAt: 1 }),
        sentAt: 1,
        epoch: "1",
      });
      // A pipe is written before this returns, so that what is printed was acknowledged before the kill.
      process.stdout.write(`${chat} ${seq} ${clientId}\n`);
    }
  }),
);
