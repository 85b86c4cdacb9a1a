import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as elapse } from "node:timers/promises";
import { createConfig } from "../src/config.ts";
import { createLog, type Log } from "../src/log.ts";
import { describeObjects } from "../src/objects/objects.contract.ts";
import { ObjectsUnavailable } from "../src/objects/objects.ts";
import { type OpenObjects, openObjects } from "../src/objects/open-objects.ts";
import { systemClock, systemRandom } from "../src/platform.ts";
import { FaultProxy } from "./_util/fault-proxy.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { type Rgw, startRgw } from "./_util/rgw.ts";

let rgw: Rgw;
before(async () => {
  rgw = await startRgw();
});
after(() => rgw?.stop());

/** After which a store that did not answer is looked at again. */
const AGAIN_MS = 15_000;

const silent = createLog("silent");

function open(endpoint: string, clock = systemClock, log: Log = silent): Promise<OpenObjects> {
  return openObjects({
    settings: createConfig({
      objectsEndpoint: endpoint,
      objectsAccessKey: rgw.accessKey,
      objectsSecretKey: rgw.secretKey,
    }),
    data: "",
    deploymentSecret: new Uint8Array(32),
    clock,
    random: systemRandom,
    log,
  });
}

describeObjects("Ceph's object gateway", async () => {
  const { objects, warnings, service, publicOrigin, close } = await open(rgw.url);
  assert.deepEqual(warnings, []);
  assert.deepEqual(objects.abilities, { putOnce: true, md5: true });
  assert.equal(service, null);
  assert.equal(publicOrigin, rgw.url);
  // It keeps its own time.
  const pass = async (seconds: number) => void (await elapse(seconds * 1_000));
  return { objects, host: "chat.example", origin: "", pass, close };
});

test("[FILE-2] a store that is away at the start is said to be, and is used when it comes", async () => {
  let away = true;
  const port = Number(new URL(rgw.url).port);
  const proxy = await FaultProxy.open({ targetPort: port, fault: (chunk) => (away ? "cut" : { pass: chunk }) });
  const clock = new MovingClock();
  const told = new EventEmitter();
  const store = await open(`http://127.0.0.1:${proxy.port}`, clock, { ...silent, info: (event) => told.emit(event) });
  try {
    assert.equal(store.warnings.length, 2);
    assert.match(store.warnings[0] ?? "", /cannot be reached: it cut the connection/);
    assert.match(store.warnings[1] ?? "", /no files can be sent or opened/);
    await assert.rejects(store.objects.look("f/any"), ObjectsUnavailable);
    assert.deepEqual(store.objects.abilities, { putOnce: false, md5: null });
    away = false;
    const used = once(told, "the object store can be used");
    clock.forward(AGAIN_MS);
    await used;
    assert.equal(await store.objects.look("f/any"), null);
    assert.deepEqual(store.objects.abilities, { putOnce: true, md5: true });
  } finally {
    await store.close();
    await proxy.close();
  }
});
