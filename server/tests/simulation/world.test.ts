import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../_util/virtual-time.ts";
import { World } from "./world.ts";

const LAG_MS = 1_000;
/** What of a revocation happens before the tail that is lost, in it, and when another primary has taken over. */
const COURSES = [
  { asked: "before", told: "before", holds: true },
  { asked: "before", told: "in", holds: false },
  { asked: "before", told: "after", holds: false },
  { asked: "in", told: "in", holds: false },
  { asked: "in", told: "after", holds: false },
  { asked: "after", told: "after", holds: true },
] as const;

for (const { asked, told, holds } of COURSES) {
  const title = `a revocation asked for ${asked} and told ${told} a lost tail ${holds ? "holds" : "may be lost with it"}`;
  test(`[S8] ${title}`, async () => {
    const world = new World(1);
    let tell = () => {};
    const live = (when: "before" | "in" | "after") => {
      if (asked === when) tell = world.revoking("phone");
      if (told === when) tell();
    };
    live("before");
    await world.pass(1);
    world.failOver(LAG_MS, seededRandom(1));
    await world.pass(LAG_MS / 2);
    live("in");
    await world.pass(LAG_MS);
    live("after");
    assert.equal(world.revoked.has("phone"), holds);
  });
}
