import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bus, BusMessage } from "./bus.ts";

/** Longer than a message takes on a machine that does much else. */
const PATIENCE_MS = 60_000;

export interface Node {
  readonly bus: Bus;
  /** What this node heard, in order. */
  readonly heard: BusMessage[];
  readonly holes: (number | null)[];
  /** Resolves when it has heard this many messages. */
  hears(count: number): Promise<void>;
}

export function listenTo(bus: Bus): Node {
  const heard: BusMessage[] = [];
  const holes: (number | null)[] = [];
  let woken = () => {};
  bus.listen({
    message(message) {
      heard.push(message);
      woken();
    },
    hole: (channel) => holes.push(channel),
  });
  return {
    bus,
    heard,
    holes,
    async hears(count) {
      const deadline = performance.now() + PATIENCE_MS;
      while (heard.length < count) {
        if (performance.now() > deadline) throw new Error(`Heard ${heard.length} of ${count}, missed ${holes}`);
        await new Promise<void>((resolve) => {
          const giveUp = setTimeout(resolve, PATIENCE_MS);
          woken = () => {
            clearTimeout(giveUp);
            resolve();
          };
        });
      }
    },
  };
}

export const typing = (chatId: string, userId: string): BusMessage => ({
  kind: "typing",
  chatId,
  userId,
  typing: true,
});

/** What every driver does. `open` starts the nodes of one system, which are none but the first where a bus is local. */
export function busContract(name: string, open: (nodes: number) => Promise<readonly Bus[]>): void {
  describe(`[NODE-14] bus ${name}`, () => {
    it("does not tell a node what it published itself", async () => {
      const [own, ...others] = (await open(2)).map(listenTo);
      assert(own);
      own.bus.publish(typing("chat", "own"));
      for (const other of others) {
        other.bus.publish(typing("chat", "other"));
        await own.hears(1);
      }
      assert.deepEqual(own.heard, others.length > 0 ? [typing("chat", "other")] : []);
    });

    it("tells each other node, in the order in which a node published on a channel", async () => {
      const [sender, ...others] = (await open(3)).map(listenTo);
      assert(sender);
      const messages = Array.from({ length: 500 }, (_, n) => typing("chat", `user${n}`));
      for (const message of messages) sender.bus.publish(message);
      for (const other of others) {
        await other.hears(messages.length);
        assert.deepEqual(other.heard, messages);
        assert.deepEqual(other.holes, []);
      }
    });

    it("takes no message and throws nothing once it is closed", async () => {
      const [own, other] = (await open(2)).map(listenTo);
      assert(own);
      await own.bus.close();
      own.bus.publish(typing("chat", "late"));
      other?.bus.publish(typing("chat", "unheard"));
      await own.bus.close();
      assert.deepEqual(own.heard, []);
    });
  });
}
