import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualTime } from "../../../tests/_util/virtual-time.ts";
import { FairFlow } from "./fair-flow.ts";

const KIB = 1024;

/** In steps that are longer than a piece takes to be handled. */
async function pass(time: VirtualTime, seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 100; step++) {
    await time.run(time.monotonic() + 10);
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  }
}

/** People who move pieces one after the other, and how much each of them has moved. */
class Movers {
  readonly moved = new Map<string, number>();
  readonly #flow: FairFlow;
  #ended = false;

  constructor(flow: FairFlow) {
    this.#flow = flow;
  }

  /** `again`: a new transfer for each piece. */
  add(user: string, piece: number, again = false): void {
    void (async () => {
      let lane = this.#flow.join(user);
      while (!this.#ended) {
        const turn = lane.turn(piece);
        if (turn !== null) await turn;
        this.moved.set(user, this.of(user) + piece);
        // As what is read or written takes at least a turn of the event loop.
        await new Promise(setImmediate);
        lane.done();
        if (!again) continue;
        lane.leave();
        lane = this.#flow.join(user);
      }
    })();
  }

  of(user: string): number {
    return this.moved.get(user) ?? 0;
  }

  end(): void {
    this.#ended = true;
  }
}

test("[FILE-8] 20 transfers of one person do not halve another's share of the rate, whatever their pieces", async () => {
  const time = new VirtualTime();
  const rate = 4_096 * KIB;
  const flow = new FairFlow({ clock: time, rate, userRate: 0 });
  const movers = new Movers(flow);
  for (let n = 0; n < 20; n++) movers.add("many", (n % 2 === 0 ? 512 : 64) * KIB);
  movers.add("one", 256 * KIB);
  await pass(time, 20);
  movers.end();
  const [many, one] = [movers.of("many"), movers.of("one")];
  assert.ok(Math.abs(many + one - 20 * rate) <= rate, `${many + one} bytes in 20 s`);
  assert.ok(one >= 0.45 * (many + one), `${one} of ${many + one}`);
});

test("[FILE-8] without a rate they take turns at what can be done at once", async () => {
  const flow = new FairFlow({ clock: new VirtualTime(), rate: 0, userRate: 0 });
  const movers = new Movers(flow);
  for (let n = 0; n < 24; n++) movers.add("many", 256 * KIB);
  // Each of these has at most one piece under way, and that one is never kept waiting for all of the others'.
  for (let n = 0; n < 8; n++) movers.add("few", 256 * KIB);
  for (let turn = 0; turn < 500; turn++) await new Promise(setImmediate);
  movers.end();
  const [many, few] = [movers.of("many"), movers.of("few")];
  assert.ok(few >= 0.45 * (many + few), `${few} of ${many + few}`);
});

test("[FILE-8] a person's own rate holds over all of their transfers, and coming back at once gives no more", async () => {
  const time = new VirtualTime();
  const userRate = 512 * KIB;
  const flow = new FairFlow({ clock: time, rate: 0, userRate });
  const movers = new Movers(flow);
  for (let n = 0; n < 10; n++) movers.add("one", 256 * KIB, true);
  movers.add("other", 64 * KIB);
  await pass(time, 10);
  movers.end();
  for (const bytes of [movers.of("one"), movers.of("other")]) {
    assert.ok(Math.abs(bytes - 10 * userRate) <= userRate, `${bytes} bytes in 10 s`);
  }
});

test("[FILE-8] where nobody waits, a turn is given at once", () => {
  const flow = new FairFlow({ clock: new VirtualTime(), rate: 0, userRate: 0 });
  const lane = flow.join("one");
  for (let n = 0; n < 1_000; n++) {
    assert.equal(lane.turn(512 * KIB), null);
    lane.done();
  }
});
