import { randomUUID } from "node:crypto";
import { Pipe, parentEnd } from "../../src/pipe.ts";
import { systemClock } from "../../src/platform.ts";
import { openEmbedded } from "../../src/store/embedded.ts";
import { FollowingStore } from "../../src/store/ipc/follower.ts";

/** A process that appends for ever to a store that its parent owns, each message twice at once, and tells what was acknowledged. */
const [path = ""] = process.argv.slice(2);
const pipe = new Pipe(parentEnd());
const kv = new FollowingStore(openEmbedded({ path, clock: systemClock, readOnly: true }), pipe);

const LANES = 16;
await Promise.all(
  Array.from({ length: LANES }, async (_, lane) => {
    const chat = `c:{chat${lane % 4}}`;
    for (;;) {
      const clientId = randomUUID();
      const append = {
        log: `${chat}:m`,
        bucket: `${chat}:d:0`,
        bucketTtlSeconds: null,
        id: `u:${clientId}`,
        entry: JSON.stringify({ sender: "u", clientId, sentAt: 1 }),
        sentAt: 1,
        epoch: "1",
      };
      const [first, second] = await Promise.all([kv.appendOnce(append), kv.appendOnce(append)]);
      // As this process sees it by itself, right after the owner has answered.
      const seen = await kv.listGet(append.log, first.seq - 1);
      pipe.tell("acknowledged", { chat, clientId, seqs: [first.seq, second.seq], seen: seen === append.entry });
    }
  }),
);
