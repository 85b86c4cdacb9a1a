import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  applyWrite,
  drawVersion,
  parseVersioned,
  presentValues,
  readVersioned,
  type Versioned,
} from "../src/records/versioned.ts";
import type { Kv } from "../src/store/kv.ts";
import { MemoryStore } from "./_util/memory-kv.ts";
import { VirtualTime } from "./_util/virtual-time.ts";

const KEY = "u:{x}:settings";
const HOUR_MS = 3600_000;

interface Write {
  readonly subject: string;
  readonly value: string | null;
  /** How long each of its steps takes, in milliseconds. */
  readonly delays: readonly number[];
  /** Where its node dies: before the write, after it, or (most) not at all; who finishes it comes so much later. */
  readonly dies: number;
  readonly againMs: number;
}

const write = fc.record({
  subject: fc.constantFrom("a", "b", "c:1"),
  value: fc.option(fc.constantFrom("1", "-2", "=3", '{"x":"#"}'), { nil: null }),
  delays: fc.array(fc.nat({ max: 50 }), { minLength: 4, maxLength: 4 }),
  dies: fc.integer({ min: 0, max: 9 }),
  againMs: fc.nat({ max: 20 * HOUR_MS }),
});

/** A device: takes what it is told in any order, and keeps the highest version. */
class Device {
  readonly known = new Map<string, Versioned>();

  hear(subject: string, told: Versioned): void {
    if (told.version > (this.known.get(subject)?.version ?? 0)) this.known.set(subject, told);
  }

  get values(): Map<string, string> {
    return presentValues(this.known);
  }
}

test("[SYNC-3] writers that overlap, die and are finished late leave the highest version, at the store and on every device", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { minLength: 1, maxLength: 14 }),
      fc.array(fc.nat({ max: 1000 }), { minLength: 60, maxLength: 60 }),
      async (writes, shuffle) => {
        const time = new VirtualTime();
        const data = new MemoryStore(time);
        const told: [string, Versioned][] = [];
        const drawn = new Set<number>();
        // Deletions of other nodes travel for up to a day.
        let deletions = 0;
        const nodes = Array.from({ length: 3 }, () =>
          data.connect({
            fate: (name) =>
              name === "hashDelete"
                ? { thereMs: ((shuffle[deletions++ % 60] ?? 0) * HOUR_MS) / 50, backMs: 0 }
                : { thereMs: 0, backMs: 0 },
          }),
        );
        writes.forEach((one, i) => {
          time.after(one.delays[0] ?? 0, () => void run(nodes[i % 3] as Kv, one));
        });
        const run = async (store: Kv, { subject, value, delays, dies, againMs }: Write) => {
          const pause = (ms = 0) => new Promise<void>((resolve) => void time.after(ms, resolve));
          const { outdated } = await readVersioned(store, KEY, time.now());
          await pause(delays[1]);
          const version = await drawVersion(store, KEY);
          assert.ok(!drawn.has(version));
          drawn.add(version);
          const deed = async () => {
            // The answer to a deletion that is late does not come in time.
            applyWrite(store, KEY, { subject, version, value, at: time.now(), outdated }).catch(() => {});
            await pause(delays[2]);
            told.push([subject, { version, value }]);
          };
          await pause(delays[3]);
          if (dies === 0) await pause(againMs);
          await deed();
          if (dies === 1) {
            await pause(againMs);
            await deed();
          }
        };
        await time.run();
        assert.equal(drawn.size, writes.length);

        const truth = new Device();
        for (const [subject, versioned] of told) truth.hear(subject, versioned);
        const store = data.connect();
        const reading = readVersioned(store, KEY, time.now());
        await time.run();
        assert.deepEqual(presentValues((await reading).latest), truth.values);
        for (let device = 0; device < 3; device += 1) {
          const one = new Device();
          const order = told
            .map((notice, i) => ({ notice, at: shuffle[(i * 7 + device * 13) % 60] ?? 0 }))
            .sort((a, b) => a.at - b.at);
          for (const { notice } of order) one.hear(...notice);
          assert.deepEqual(one.known, truth.known);
        }
        // One more write tidies up: of each subject one field is left, and later not even the removals.
        const later = time.now() + 72 * HOUR_MS;
        const tidying = (async () => {
          const { outdated } = await readVersioned(store, KEY, later);
          const version = await drawVersion(store, KEY);
          await applyWrite(store, KEY, { subject: "z", version, value: "z", at: later, outdated });
          return store.hashGetAll(KEY);
        })();
        await time.run();
        const left = await tidying;
        assert.equal(Object.keys(left).length, truth.values.size + 2, JSON.stringify(left));
        assert.deepEqual(presentValues(parseVersioned(left, later).latest), new Map([...truth.values, ["z", "z"]]));
      },
    ),
    { numRuns: 200 },
  );
});
