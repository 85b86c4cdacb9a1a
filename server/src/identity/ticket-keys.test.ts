import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualTime } from "../../tests/_util/virtual-time.ts";
import { createLog } from "../log.ts";
import { systemRandom as random } from "../platform.ts";
import { StoredTicketKeys } from "./ticket-keys.ts";

const HOUR_MS = 3600_000;
const log = createLog("silent");
const secret = random.bytes(32);

/** As much of a shared store as ticket keys need; when each call takes a turn of the event loop, nodes overlap. */
function sharedStore(turn: () => Promise<unknown> = () => Promise.resolve()) {
  const fields = new Map<string, string>();
  return {
    fields,
    async hashGetAll() {
      await turn();
      return Object.fromEntries(fields);
    },
    async hashSetNx(_key: string, field: string, value: string) {
      await turn();
      return !fields.has(field) && fields.set(field, value).size > 0;
    },
    async hashDelete(_key: string, ...names: string[]) {
      return names.filter((name) => fields.delete(name)).length;
    },
  };
}

test("nodes that start at once agree on the keys, and a restart finds them", async () => {
  const store = sharedStore(() => new Promise((resolve) => setImmediate(resolve)));
  const clock = new VirtualTime();
  const nodes = await Promise.all(
    Array.from({ length: 5 }, () => StoredTicketKeys.open({ store, secret, clock, random, log })),
  );
  for (const pskOnly of [true, false]) {
    const keys = nodes.map((node) => Buffer.from(node.current(pskOnly).key).toString("hex"));
    assert.equal(new Set(keys).size, 1);
    assert.equal(nodes[0]?.current(pskOnly).pskOnly, pskOnly);
  }
  const { id, key } = (nodes[0] as StoredTicketKeys).current(false);
  assert.deepEqual(nodes[4]?.find(id)?.key, key);
  for (const node of nodes) node.close();
});

test("keys rotate: a psk_only key lasts 24 to 36 hours, a psk_kem key 7 to 8 days, and then they are gone", async () => {
  const store = sharedStore();
  const clock = new VirtualTime();
  const node = await StoredTicketKeys.open({ store, secret, clock, random, log });
  const [only, kem] = [node.current(true), node.current(false)];
  const lifeHours = (id: Uint8Array, hour: number) => (node.find(id) === undefined ? 0 : hour);
  let onlyLife = 0;
  let kemLife = 0;
  for (let hour = 1; hour <= 9 * 24; hour += 1) {
    await clock.run(hour * HOUR_MS + 61_000);
    onlyLife = Math.max(onlyLife, lifeHours(only.id, hour));
    kemLife = Math.max(kemLife, lifeHours(kem.id, hour));
  }
  node.close();
  assert.ok(onlyLife >= 24 && onlyLife <= 36, String(onlyLife));
  assert.ok(kemLife >= 7 * 24 && kemLife <= 8 * 24, String(kemLife));
  assert.notDeepEqual(node.current(true).id, only.id);
  assert.equal(store.fields.size, 3 + 8);
});

test("what lies in the store opens under the deployment's secret alone", async () => {
  const store = sharedStore();
  const clock = new VirtualTime();
  const node = await StoredTicketKeys.open({ store, secret, clock, random, log });
  node.close();
  const stored = [...store.fields.values()].map((sealed) => Buffer.from(sealed, "base64url").toString("hex"));
  const key = Buffer.from(node.current(false).key).toString("hex");
  assert.ok(stored.every((sealed) => !sealed.includes(key)));
  await assert.rejects(StoredTicketKeys.open({ store, secret: random.bytes(32), clock, random, log }));
});
