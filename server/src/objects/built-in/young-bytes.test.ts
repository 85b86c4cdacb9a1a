import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { constants, type NodeGCPerformanceDetail, PerformanceObserver } from "node:perf_hooks";
import { test } from "node:test";
import { YoungBytes } from "./young-bytes.ts";

const CHUNK = Buffer.alloc(1024 ** 2);
const CHUNKS = 384;
/** V8 marks when it sees fit, and now and then not at all: in turn, until it has marked often enough to compare. */
const ROUNDS_MAX = 12;
const ENOUGH = 9;

/** How often the whole heap is marked while the body of a request comes that nobody holds. */
async function markings(came: (bytes: number) => void): Promise<number> {
  const server = createServer(async (incoming, response) => {
    for await (const chunk of incoming as AsyncIterable<Buffer>) came(chunk.length);
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const counted = countMarkings();
  const put = request({ port: (server.address() as AddressInfo).port, method: "PUT" });
  for (let sent = 0; sent < CHUNKS; sent++) if (!put.write(CHUNK)) await once(put, "drain");
  put.end();
  const [response] = await once(put, "response");
  await once(response.resume(), "end");
  server.close();
  return counted();
}

function countMarkings(): () => number {
  let found = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as { readonly detail: NodeGCPerformanceDetail }[]) {
      if (entry.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) found++;
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => {
    observer.disconnect();
    return found;
  };
}

test("bytes that pass through cost no look at the whole heap", async () => {
  const young = new YoungBytes();
  let [without, having] = [0, 0];
  for (let round = 0; round < ROUNDS_MAX && without < ENOUGH; round++) {
    without += await markings(() => {});
    having += await markings((bytes) => young.came(bytes));
  }
  assert.ok(without >= ENOUGH, `${without} without it`);
  // What was held over two looks is old, and still has to be found by marking.
  assert.ok(having <= without * 0.75, `${having} with it, ${without} without`);
});
