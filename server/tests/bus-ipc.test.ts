import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { busContract, listenTo, typing } from "../src/bus/bus.contract.ts";
import { UNREAD_MAX } from "../src/bus/ipc.ts";
import { IpcHub } from "../src/bus/ipc-hub.ts";
import { turnsUntil } from "./_util/patience.ts";
import { openRemoteBus, type RemoteBus } from "./_util/remote-bus.ts";

const opened: RemoteBus[] = [];
after(async () => {
  for (const { forked } of opened) await forked.kill();
});

async function openNodes(count: number): Promise<RemoteBus[]> {
  const hub = new IpcHub();
  const nodes = Array.from({ length: count }, () => openRemoteBus(hub));
  opened.push(...nodes);
  return nodes;
}

busContract("ipc", openNodes);

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("[NODE-14] bus ipc, when a process does not read or dies", () => {
  it("keeps a bounded number of messages for one that stands still, and tells it that it missed some", async () => {
    const [sender, sleeper] = await openNodes(2);
    assert(sender && sleeper);
    const node = listenTo(sleeper);
    sender.publish(typing("chat", "before"));
    await node.hears(1);
    sleeper.forked.child.kill("SIGSTOP");
    const padding = "x".repeat(1_000);
    const count = 3 * UNREAD_MAX;
    for (let n = 0; n < count; n++) {
      sender.publish(typing("chat", `${n} ${padding}`));
      // The sender's own pipe is not what is tried here.
      if (n % 100 === 0) await turn();
      assert.ok(sleeper.forked.pipe.unsent <= UNREAD_MAX, "bounded");
    }
    await turnsUntil(
      () => sleeper.forked.pipe.unsent >= UNREAD_MAX,
      () => `${UNREAD_MAX} to be unsent, not ${sleeper.forked.pipe.unsent}`,
    );
    sleeper.forked.child.kill("SIGCONT");
    await turnsUntil(
      () => node.holes.length > 0,
      () => "a hole",
    );
    assert.deepEqual(node.holes, [null]);
    assert.ok(node.heard.length < count);
    sender.publish(typing("chat", "after"));
    await turnsUntil(
      () => node.heard.some((message) => "userId" in message && message.userId === "after"),
      () => "what is published after the hole",
    );
  });

  it("tells the others that something may be missing when one is killed", async () => {
    const [victim, ...others] = await openNodes(3);
    assert(victim);
    const nodes = others.map(listenTo);
    await victim.forked.kill();
    for (const node of nodes) {
      await turnsUntil(
        () => node.holes.length > 0,
        () => "a hole",
      );
      assert.deepEqual(node.holes, [null]);
    }
  });
});
