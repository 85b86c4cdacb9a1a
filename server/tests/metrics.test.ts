import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { REPLY_ERRORS, REQUESTS } from "@parley/protocol";
import { FAMILIES, metrics } from "../src/metrics.ts";
import { declared, FileTransfer } from "./_util/file-transfer.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { PASSWORD, type Person, registerPerson, textMessage } from "./_util/person.ts";

const CANARY = "nobody-may-read-this-7f3a";

let node: TestNode;
let ann: Person;
before(async () => {
  node = await startNode();
  ann = await registerPerson(node.wsUrl);
});
after(async () => {
  await ann?.connection.close();
  await node?.stop();
  await removeTemporaryFolders();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function get(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/metrics`, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const { statusCode = 0, headers: answered } = answer;
        resolve({ status: statusCode, type: answered["content-type"] ?? "", text: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The text format of Prometheus, by its grammar; throws on what a scraper would refuse. */
function parse(text: string): Sample[] {
  assert.ok(text.endsWith("\n"), "the last line ends, too");
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const seen = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, word, about = "", rest = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (word === "HELP") {
      assert.ok(!helps.has(about), `a second HELP of ${about}`);
      helps.add(about);
    } else if (word === "TYPE") {
      assert.ok(!types.has(about), `a second TYPE of ${about}`);
      assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
      types.set(about, rest);
    } else {
      const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (-?[0-9.e+-]+|NaN|Nan|[+-]Inf)$/.exec(line);
      assert.ok(sample !== null, line);
      const [, name = "", , inner = "", value] = sample;
      const labels: Record<string, string> = {};
      const left = inner.replace(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/g, (_, label, text) => {
        labels[label] = text;
        return "";
      });
      assert.equal(left, "", line);
      const family = [name, name.replace(/_(bucket|sum|count)$/, "")].find((one) => types.has(one));
      assert.ok(family !== undefined && helps.has(family), `no TYPE and HELP before ${line}`);
      const key = name + JSON.stringify(labels);
      assert.ok(!seen.has(key), `twice: ${key}`);
      seen.add(key);
      samples.push({ name, labels, value: Number(value) });
    }
  }
  return samples;
}

async function scrape(): Promise<(name: string, labels?: Readonly<Record<string, string>>) => number> {
  const { status, type, text } = await get(node.url);
  assert.deepEqual([status, type], [200, "text/plain; version=0.0.4; charset=utf-8"]);
  for (const secret of [CANARY, PASSWORD, ann.token, ann.handle]) assert.equal(text.includes(secret), false);
  const samples = parse(text);
  return (name, labels = {}) =>
    samples
      .filter((one) => one.name === `parley_${name}`)
      .filter((one) => Object.entries(labels).every(([label, word]) => one.labels[label] === word))
      .reduce((sum, { value }) => sum + value, 0);
}

test("[NODE-9] a scraper gets all families in the format of Prometheus, and what happened counts", async () => {
  const earlier = await scrape();
  const { connection } = ann;
  const { chat } = (await connection.request("chat.createGroup", { name: CANARY, members: [] })) as {
    chat: { chatId: string };
  };
  const { chatId } = chat;
  await connection.request("message.send", textMessage(chatId, CANARY));
  await connection.request("message.history", { chatId, limit: 10 });
  const bytes = Buffer.from(CANARY);
  const transfer = new FileTransfer(node.url);
  const begin = async () => {
    const begun = await connection.request("file.begin", declared(chatId, bytes, { name: `${CANARY}.txt` }));
    return begun as { fileId: string; upload: { url: string; headers: Record<string, string> } };
  };
  const { fileId, upload } = await begin();
  assert.equal(await transfer.put(upload, bytes), 200);
  const during = await scrape();
  await connection.request("file.complete", { fileId });
  await connection.request("file.abort", { fileId });
  await connection.refusal("file.complete", { fileId: CANARY });
  const later = await scrape();
  const grew = (name: string, labels?: Record<string, string>) => later(name, labels) - earlier(name, labels);
  assert.equal(later("connections"), 1);
  assert.equal(grew("messages_appended_total") >= 2, true);
  assert.equal(grew("events_delivered_total") >= 2, true);
  assert.equal(grew("bus_published_total") >= 2, true);
  assert.equal(grew("requests_total", { method: "message.send", outcome: "ok" }), 1);
  assert.equal(grew("requests_total", { method: "file.complete", outcome: "INVALID_PARAMS" }), 1);
  assert.equal(grew("pool_jobs_total", { page: "history" }), 1);
  assert.ok(grew("pool_job_seconds_total", { page: "history" }) > 0);
  assert.equal(later("pool_jobs_pending"), 0);
  assert.deepEqual([grew("file_uploads_begun_total"), grew("file_uploads_completed_total")], [1, 1]);
  assert.equal(grew("object_bytes_total", { direction: "up" }), bytes.length);
  assert.equal(grew("request_seconds_count", { method: "message.send" }), 1);
  assert.ok(grew("request_seconds_count", { method: "other" }) >= 5);
  assert.ok(grew("store_seconds_count") > 0);
  assert.deepEqual([later("requests_in_flight"), later("store_waiting")], [0, 0]);
  assert.equal(during("object_transfers"), 0);
  assert.equal(later("sign_ins_total", { how: "register" }), 1);
  const { text } = await get(node.url);
  for (const { name } of FAMILIES) assert.ok(text.includes(`# TYPE ${name} `), name);
  for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes", "nodejs_eventloop_lag_seconds"]) {
    assert.ok(text.includes(`\n${name} `), name);
  }
});

test("[NODE-9] a histogram counts what took at most so long", async () => {
  const before = metrics.busSeconds;
  for (const ms of [0.1, 0.5, 0.6, 30, 4_999, 60_000]) before.add(1_000, 1_000 + ms);
  const at = await scrape();
  const told = ["0.0005", "0.001", "0.025", "0.05", "5", "+Inf"].map((le) => at("bus_seconds_bucket", { le }));
  assert.deepEqual(told, [2, 3, 3, 4, 5, 6]);
  assert.equal(at("bus_seconds_count"), 6);
  assert.equal(Math.round(at("bus_seconds_sum") * 10_000), 650_302);
});

test("[NODE-9] labels are words of ours, whatever strangers call", async () => {
  const { connection } = ann;
  const strange = ["__proto__", "constructor", "toString", `${CANARY}{a="b"}\n`, "message.send ", "", "a".repeat(500)];
  for (let n = 0; n < 50; n += 1) strange.push(`made.up${n}`);
  for (const method of strange) assert.equal(await connection.refusal(method as "node.info", {}), "METHOD_NOT_FOUND");
  const { text } = await get(node.url);
  assert.equal(text.includes(CANARY), false);
  const requests = parse(text).filter(({ name }) => name === "parley_requests_total");
  for (const { labels } of requests) {
    assert.ok(labels.method === "unknown" || Object.hasOwn(REQUESTS, labels.method ?? ""), labels.method);
    assert.ok(labels.outcome === "ok" || Object.hasOwn(REPLY_ERRORS, labels.outcome ?? ""), labels.outcome);
  }
  const unknown = requests.filter(({ labels }) => labels.method === "unknown");
  assert.deepEqual(
    unknown.map(({ labels, value }) => [labels.outcome, value]),
    [["METHOD_NOT_FOUND", strange.length]],
  );
});

test("[NODE-9] by default only this machine asks: not by a proxy, and not by a page with another name", async () => {
  assert.equal((await get(node.url, { host: "localhost:9090" })).status, 200);
  assert.equal((await get(node.url, {}, "HEAD")).text, "");
  assert.equal((await get(node.url, {}, "POST")).status, 405);
  for (const headers of [
    { "x-forwarded-for": "127.0.0.1" },
    { forwarded: "for=127.0.0.1" },
    { via: "1.1 proxy" },
    { "x-real-ip": "127.0.0.1" },
    { host: "rebound.example" },
  ]) {
    const { status, text } = await get(node.url, headers);
    assert.deepEqual([status, text], [404, "Not found.\n"], JSON.stringify(headers));
  }
  for (const [settings, headers, status] of [
    [{ trustedProxies: ["127.0.0.1"] }, {}, 404],
    [{ trustedProxies: ["127.0.0.1"] }, { "x-forwarded-for": "127.0.0.1", "x-forwarded-host": "localhost" }, 404],
    [{ metrics: "off" }, {}, 404],
    [{ metrics: "on" }, { "x-forwarded-for": "192.0.2.1", host: "chat.example" }, 200],
  ] as const) {
    const other = await startNode(settings);
    try {
      assert.equal((await get(other.url, headers)).status, status, JSON.stringify(settings));
    } finally {
      await other.stop();
    }
  }
});

test("[NODE-9] the table of metrics in the documentation is that of the program", async () => {
  const text = await readFile(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
  const rows = FAMILIES.map(({ name, kind, help, labels }) => {
    return `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`;
  });
  assert.deepEqual(
    text.split("\n").filter((line) => line.startsWith("| `parley_")),
    rows,
  );
});
