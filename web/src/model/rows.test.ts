import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromLog, type Message } from "./message.ts";
import { type Row, toRows } from "./rows.ts";
import { BO, ME, textEntry } from "./test-talk.ts";

const HOUR = 3600_000;
const dayOf = (at: number) => Math.floor(at / (24 * HOUR));

function said(seq: number, sender: string, sentAt: number): Message {
  const message = fromLog({ ...textEntry(seq, sender), sentAt } as never);
  assert.ok(message);
  return message;
}

describe("rows", () => {
  it("groups what one person said within five minutes", () => {
    const messages = [said(1, BO, 0), said(2, BO, 60_000), said(3, BO, 10 * 60_000), said(4, ME, 10 * 60_000)];
    const rows = toRows(messages, { me: ME, dividerSeq: null, dayOf });
    assert.deepEqual(
      rows.map(({ starts, ends, mine }) => [starts, ends, mine]),
      [
        [true, false, false],
        [false, true, false],
        [true, true, false],
        [true, true, true],
      ],
    );
  });

  it("a new day separates, and breaks a group", () => {
    const rows = toRows([said(1, BO, 24 * HOUR - 1), said(2, BO, 24 * HOUR)], { me: ME, dividerSeq: null, dayOf });
    assert.deepEqual(
      rows.map(({ newDay, starts }) => [newDay, starts]),
      [
        [true, true],
        [true, true],
      ],
    );
  });

  it("the divider stands before the first unread message of somebody else", () => {
    const messages = [said(1, BO, 0), said(2, ME, 1), said(3, ME, 2), said(4, BO, 3), said(5, BO, 4)];
    const rows = toRows(messages, { me: ME, dividerSeq: 2, dayOf });
    assert.deepEqual(
      rows.map(({ divider }) => divider),
      [false, false, false, true, false],
    );
  });

  it("a row that stays as it was is the same object, however much comes behind it", () => {
    const messages = [said(1, BO, 0), said(2, BO, 60_000), said(3, BO, 120_000)];
    const known = new WeakMap<Message, Row>();
    const rowsOf = (count: number) => toRows(messages.slice(0, count), { me: ME, dividerSeq: null, dayOf }, known);
    const [first, second] = rowsOf(2);
    const [firstAgain, secondAgain] = rowsOf(3);
    assert.equal(firstAgain, first);
    // It is not the last of its group any more.
    assert.notEqual(secondAgain, second);
    assert.equal(secondAgain?.ends, false);
  });
});
