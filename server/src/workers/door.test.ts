import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, test } from "node:test";
import { Door, type Receiver } from "./door.ts";

let door: Door;
let callers: Socket[];
beforeEach(async () => {
  door = await Door.open(0, "127.0.0.1");
  callers = [];
});
afterEach(() => {
  for (const caller of callers) caller.destroy();
  door.close();
});

/** Takes what it is given; one that hangs, only the first. */
class Taker implements Receiver {
  connections = 0;
  readonly given: Socket[] = [];
  readonly #hangs: boolean;
  #woken: () => void = () => {};

  constructor({ hangs }: { readonly hangs: boolean } = { hangs: false }) {
    this.#hangs = hangs;
  }

  give(socket: Socket): Promise<void> {
    this.connections += 1;
    this.given.push(socket);
    this.#woken();
    return this.#hangs ? new Promise(() => {}) : Promise.resolve();
  }

  async has(count: number): Promise<void> {
    while (this.given.length < count) {
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
    }
  }
}

function call(): Socket {
  const caller = connect(door.port, "127.0.0.1");
  caller.on("error", () => {});
  callers.push(caller);
  return caller;
}

test("[NODE-3] who comes while nobody serves waits, and is unread", async () => {
  call().write("hello");
  const taker = new Taker();
  const later = call();
  await new Promise((resolve) => later.once("connect", resolve));
  door.lead(taker);
  await taker.has(2);
  const [first] = taker.given;
  assert.ok(first);
  first.resume();
  assert.equal(String(await new Promise((resolve) => first.once("data", resolve))), "hello");
  for (const socket of taker.given) socket.destroy();
});

test("[NODE-3] each goes to the one that has the fewest", async () => {
  const [busy, idle] = [new Taker(), new Taker()];
  busy.connections = 3;
  door.lead(busy);
  door.lead(idle);
  for (let n = 0; n < 3; n++) call();
  await idle.has(3);
  assert.deepEqual([busy.given.length, idle.connections], [0, 3]);
  for (const socket of idle.given) socket.destroy();
});

test("[NODE-3] what waits for one that leaves goes to another", async () => {
  const [leaving, other] = [new Taker({ hangs: true }), new Taker()];
  const part = door.lead(leaving);
  for (let n = 0; n < 3; n++) call();
  await leaving.has(1);
  part();
  door.lead(other);
  await other.has(2);
  assert.deepEqual([leaving.given.length, other.given.length], [1, 2]);
  for (const socket of [...leaving.given, ...other.given]) socket.destroy();
});
