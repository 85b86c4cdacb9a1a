import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Outcomes } from "../bench/floods/flood.ts";
import { FLOODS, type FloodName } from "../bench/floods/floods.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { Bystanders } from "./_util/fuzz/bystanders.ts";
import { assertLean, assertUnharmed } from "./_util/fuzz/health.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { registerPerson, resumePerson } from "./_util/person.ts";

/** Messages that are heard while a flood goes on. */
const TALKS = 20;
/** Those who talk stay below the 200 requests a second that one connection has, however fast the machine is. */
const PAUSE_MS = 10;
/** An empty server has some 90 MB; strangers, sockets and requests at their bounds stay below this. */
const RESIDENT_MAX_BYTES = 450 * 1024 ** 2;
/** Those that wait for the server's patience to end do so together. */
const SLOW: readonly FloodName[] = ["silentSockets", "halfFrames", "slowHeaders", "slowBodies"];
const OTHERS = (Object.keys(FLOODS) as FloodName[]).filter((name) => !SLOW.includes(name));
const GROUPS: readonly (readonly FloodName[])[] = [SLOW, ...OTHERS.map((name) => [name])];

describe("[NET-7] floods from one address", () => {
  let server: SpawnedServer;
  let bystanders: Bystanders;

  before(async () => {
    // With the limits as they are by default, except that the flooders' own accounts are made in no time.
    server = await spawnServer(["--log-level", "warn", "--registration-burst", "60"]);
    bystanders = await Bystanders.meet(server.wsUrl);
  });
  after(async () => {
    await bystanders?.leave();
    assert.equal(await server?.stop(), 0, "the server lives to the end");
    await removeTemporaryFolders();
  });

  for (const [group, names] of GROUPS.entries()) {
    it(`${names.map((name) => FLOODS[name].what).join(", ")}: refused as documented, while others are served`, async () => {
      const stop = new AbortController();
      setMaxListeners(Number.POSITIVE_INFINITY, stop.signal);
      const floods = names.map((name, index) => {
        const outcomes = new Outcomes();
        const target = { url: server.url, from: `127.0.${group + 1}.${index + 1}` };
        const { flood, borne, refused } = FLOODS[name];
        const ended = flood(bystanders.ann.handle)(target, outcomes, stop.signal);
        return { outcomes, ended, borne, refused: refused as readonly string[] };
      });
      const early = Promise.race(floods.map(({ ended }) => ended)).then(() => assert.fail("a flood ended by itself"));
      early.catch(() => {});
      const lacking = () => floods.some(({ outcomes, refused }) => refused.some((each) => outcomes.get(each) === 0));
      try {
        for (let talks = 0; talks < TALKS || lacking(); talks += 1) {
          await Promise.race([bystanders.talk(), early]);
          await sleep(PAUSE_MS);
        }
        // A device that was away comes back, and somebody new comes in.
        await (await resumePerson(server.wsUrl, bystanders.ann)).close();
        await (await registerPerson(server.wsUrl)).connection.close();
        assertLean(server, RESIDENT_MAX_BYTES);
      } finally {
        stop.abort();
        await Promise.allSettled(floods.map(({ ended }) => ended));
      }
      for (const { outcomes, borne, refused } of floods) {
        const known = new Set<string>([...borne, ...refused]);
        const others = [...outcomes.counts].filter(([outcome]) => !known.has(outcome));
        assert.deepEqual(others, []);
      }
      await bystanders.talk();
      assertUnharmed(server);
    });
  }
});
