import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { LogTalk, textEntry } from "./test-talk.ts";
import { Timeline } from "./timeline.ts";

describe("the loaded stretch of a chat", () => {
  let talk: LogTalk;
  let timeline: Timeline;
  const seqs = () => timeline.shown.map(({ seq }) => seq);
  const span = () => [seqs()[0], seqs().at(-1)];

  beforeEach(() => {
    talk = new LogTalk();
    timeline = new Timeline("chat", talk, () => {});
  });

  async function opened(count: number, from?: number): Promise<void> {
    talk.fill(count);
    timeline.hear(count);
    await timeline.open(from);
  }

  it("opens at the newest, and says whether that is all", async () => {
    await opened(10);
    assert.deepEqual([span(), timeline.reachedStart, timeline.atLatest], [[1, 10], true, true]);
  });

  it("puts older pages in front without moving the index of any message", async () => {
    await opened(200);
    const indexOf = (seq: number) => timeline.firstIndex + seqs().indexOf(seq);
    const before = indexOf(180);
    await timeline.loadOlder();
    assert.equal(indexOf(180), before);
    while (!timeline.reachedStart) await timeline.loadOlder();
    assert.equal(indexOf(180), before);
    assert.deepEqual(span(), [1, 200]);
  });

  it("an entry that is never shown leaves no hole in the indices", async () => {
    talk.fill(100);
    talk.log[30] = { kind: "void", seq: 31 };
    timeline.hear(100);
    await timeline.open();
    const before = timeline.firstIndex + seqs().indexOf(90);
    await timeline.loadOlder();
    assert.equal(timeline.shown.length, 99);
    assert.equal(timeline.firstIndex + seqs().indexOf(90), before);
  });

  it("opens around a message far back, and goes on to the newest from there", async () => {
    await opened(500, 100);
    assert.ok(seqs().includes(100));
    assert.equal(timeline.atLatest, false);
    while (!timeline.atLatest) await timeline.loadNewer();
    assert.equal(span()[1], 500);
  });

  it("holds a bounded number of messages, however many come while it is looked at", async () => {
    await opened(100);
    timeline.wake(null);
    const come = (upTo: number) => {
      while (timeline.head < upTo) timeline.apply([textEntry(timeline.head + 1)], false);
    };
    come(2_300);
    timeline.startAnew();
    assert.deepEqual([span(), timeline.grown], [[41, 2_300], false], "for so few nothing is made again");
    come(2_500);
    const { life } = timeline;
    assert.ok(timeline.grown);
    timeline.startAnew();
    assert.deepEqual([span(), timeline.atLatest, timeline.grown], [[2_381, 2_500], true, false]);
    assert.ok(timeline.life > life, "the list begins anew");
    talk.fill(2_500);
    await timeline.loadOlder();
    assert.deepEqual(span(), [2_321, 2_500]);
    // Who reads further up has the rest when they come there.
    come(7_000);
    assert.deepEqual([span(), timeline.atLatest, timeline.shown.length], [[2_321, 5_920], false, 3_600]);
    talk.fill(7_000);
    while (!timeline.atLatest) await timeline.loadNewer();
    assert.deepEqual(span(), [5_801, 7_000]);
  });

  it("holds a bounded number of messages, whichever way people scroll", async () => {
    await opened(5_000);
    while (!timeline.reachedStart) await timeline.loadOlder();
    assert.ok(timeline.shown.length <= 1_200);
    assert.equal(timeline.atLatest, false);
    while (!timeline.atLatest) await timeline.loadNewer();
    assert.ok(timeline.shown.length <= 1_200);
    const list = seqs();
    assert.ok(list.every((seq, at) => at === 0 || seq === (list[at - 1] ?? 0) + 1));
  });

  it("grows with what arrives while people look at it, and keeps the newest while nobody does", async () => {
    await opened(50);
    timeline.wake(null);
    for (let seq = 51; seq <= 300; seq += 1) timeline.apply([textEntry(seq)], false);
    assert.deepEqual(span(), [1, 300]);
    timeline.rest();
    for (let seq = 301; seq <= 600; seq += 1) timeline.apply([textEntry(seq)], false);
    assert.deepEqual([span(), timeline.shown.length, timeline.atLatest], [[481, 600], 120, true]);
  });

  it("goes to the end also while a page is being loaded", async () => {
    await opened(500, 100);
    talk.release = () => {};
    const older = timeline.loadOlder();
    const going = timeline.goToEnd();
    talk.release?.();
    talk.release = null;
    await Promise.all([older, going]);
    assert.deepEqual([span()[1], timeline.atLatest], [500, true]);
  });

  it("takes live messages only where they adjoin", async () => {
    await opened(50);
    timeline.apply([textEntry(51)], false);
    assert.equal(span()[1], 51);
    timeline.apply([textEntry(51)], false);
    assert.equal(timeline.shown.length, 51);
    talk.fill(60);
    timeline.apply([textEntry(55)], false);
    assert.deepEqual([span()[1], timeline.atLatest], [51, false]);
    await timeline.loadNewer();
    assert.deepEqual([span()[1], timeline.atLatest], [60, true]);
  });

  it("messages that come while the first page is under way are there afterwards", async () => {
    talk.fill(20);
    timeline.hear(20);
    talk.release = () => {};
    const opening = timeline.open();
    talk.fill(22);
    timeline.apply([textEntry(21), textEntry(22)], false);
    talk.release?.();
    talk.release = null;
    await opening;
    assert.deepEqual([span()[1], timeline.atLatest], [22, true]);
  });

  it("forgets what it had when the chat begins anew, also pages on their way", async () => {
    await opened(100);
    talk.release = () => {};
    const loading = timeline.loadOlder();
    timeline.apply([textEntry(7), textEntry(8)], true);
    talk.release?.();
    talk.release = null;
    await loading;
    assert.deepEqual(seqs(), [7, 8]);
  });

  it("a page that fails can be asked for again", async () => {
    await opened(100);
    const { history } = talk;
    Object.assign(talk, { history: () => Promise.reject(new Error("offline")) });
    await timeline.loadOlder();
    assert.deepEqual([timeline.failed, timeline.loading], [true, "none"]);
    Object.assign(talk, { history });
    await timeline.loadOlder();
    assert.deepEqual([timeline.failed, span()[0]], [false, 1]);
  });
});
