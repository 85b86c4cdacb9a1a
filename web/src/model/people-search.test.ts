import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { People } from "./people.ts";
import { PeopleSearch } from "./people-search.ts";
import { TestClock } from "./test-clock.ts";
import { BO, LogTalk } from "./test-talk.ts";

const card = { userId: BO, handle: "bochen", displayName: "Bo Chen", avatar: null };
/** Lets answers arrive. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("[DIR-1] the search for people", () => {
  let talk: LogTalk;
  let clock: TestClock;
  let search: PeopleSearch;

  beforeEach(() => {
    talk = new LogTalk();
    clock = new TestClock();
    search = new PeopleSearch(new People(talk, { read: async () => undefined, write: async () => {} }), clock);
    talk.answers.set("user.find", ({ prefix }: { prefix: string }) => ({
      users: card.handle.startsWith(prefix) ? [card] : [],
    }));
  });

  it("asks once when the typing pauses, not at every letter", async () => {
    for (const text of ["b", "bo", "boc"]) search.type(text);
    assert.deepEqual([search.state, talk.done], ["searching", []]);
    clock.pass(500);
    await settle();
    assert.deepEqual([search.state, search.found, talk.done], ["done", [card], ["user.find"]]);
  });

  it("needs two characters, and takes a handle with its @", async () => {
    search.type("@b");
    assert.equal(search.state, "short");
    search.type(" @bo ");
    clock.pass(500);
    await settle();
    assert.deepEqual(search.found, [card]);
    search.type("");
    assert.deepEqual([search.state, search.found], ["idle", []]);
  });

  it("an answer to an older text is dropped", async () => {
    search.type("bo");
    clock.pass(500);
    search.type("box");
    await settle();
    assert.deepEqual([search.state, search.found], ["searching", []]);
  });

  it("tells why it failed", async () => {
    talk.answers.delete("user.find");
    search.type("bo");
    clock.pass(500);
    await settle();
    assert.deepEqual([search.state, search.failure?.name], ["failed", "FORBIDDEN"]);
  });
});
