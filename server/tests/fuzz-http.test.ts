import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { S3Client } from "@aws-sdk/client-s3";
import { S3RequestPresigner } from "@aws-sdk/s3-request-presigner";
import { type Method, REPLY_ERRORS, REQUESTS, type Result } from "@parley/protocol";
import fc from "fast-check";
import { createLog } from "../src/log.ts";
import { OBJECTS_PATH, ObjectService } from "../src/objects/built-in/service.ts";
import { systemClock } from "../src/platform.ts";
import { declared, FileTransfer } from "./_util/file-transfer.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { Bystanders } from "./_util/fuzz/bystanders.ts";
import { damage } from "./_util/fuzz/damaged-bytes.ts";
import { assertLean, assertUnharmed } from "./_util/fuzz/health.ts";
import { httpStories } from "./_util/fuzz/http-requests.ts";
import { ask, firstAnswer, type RawAnswer, say } from "./_util/fuzz/raw-http.ts";
import { runs } from "./_util/fuzz/runs.ts";
import { hostileText } from "./_util/fuzz/texts.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { openDirect, type Person, registerPerson, textMessage } from "./_util/person.ts";

/** All that a request may be told; 500 is a fault of ours, and the rest nobody has asked for. */
const STATUSES = new Set([
  ...[200, 204, 206, 304, 400, 401, 403, 404, 405, 408, 409, 410, 411, 412, 413, 415, 416, 417, 426, 429, 431],
  ...[501, 503, 507],
]);
/** Node answers these itself, of what is no HTTP, comes too slowly or is too long. */
const OF_NODE = new Set([400, 408, 413, 417, 431]);
const CANARY = "canary-of-the-file-4711";

describe("HTTP, fuzzed", () => {
  let server: SpawnedServer;
  let bystanders: Bystanders;
  let member: Person;
  /** Relative; good for some minutes. */
  let readUrl: string;
  let writeUrl: string;

  before(async () => {
    server = await spawnServer(["--log-level", "warn"]);
    bystanders = await Bystanders.meet(server.wsUrl);
    member = await registerPerson(server.wsUrl);
    const chatId = await openDirect(member, bystanders.ann);
    const call = async <M extends Method>(method: M, params: unknown) =>
      (await member.connection.request(method, params)) as Result<M>;
    const bytes = Buffer.from(CANARY);
    const begun = await call("file.begin", declared(chatId, bytes));
    assert.ok(begun.upload !== undefined);
    await new FileTransfer(server.url).put(begun.upload, bytes);
    await call("file.complete", { fileId: begun.fileId });
    const message = { ...textMessage(chatId, ""), kind: "file", body: { fileId: begun.fileId } };
    const { seq } = await call("message.send", message);
    readUrl = (await call("file.url", { chatId, seq, fileId: begun.fileId })).url;
    const { upload } = await call("file.begin", declared(chatId, Buffer.from("never sent")));
    assert.ok(upload !== undefined);
    writeUrl = upload.url;
  });
  after(async () => {
    await member?.connection.close();
    await bystanders?.leave();
    assert.equal(await server?.stop(), 0, "the server lives to the end");
    await removeTemporaryFolders();
  });

  async function unharmed(): Promise<void> {
    await bystanders.talk();
    assertUnharmed(server);
    assertLean(server);
  }

  function assertAnswer(answer: RawAnswer): RawAnswer {
    assert.ok(STATUSES.has(answer.status), `${answer.status} ${answer.body.slice(0, 200)}`);
    if (!OF_NODE.has(answer.status) && !answer.headers.has("upgrade")) {
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff", `${answer.status}`);
    }
    return answer;
  }

  it("[NET-7] every path of the listener answers by its table, whatever it is asked", async () => {
    const paths = [
      ...["/", "/index.html", "/assets/", "/chats/x", "/healthz", "/readyz", "/.well-known/imsc.json", "/ws"],
      ...["/locate", "/metrics", "/objects/", "/objects/parley/x", "*", "/api/", "/api/node.info", "/api/auth.resume"],
    ];
    await fc.assert(
      fc.asyncProperty(httpStories(paths), async ({ bytes }) => {
        const answer = firstAnswer(await say(server.url, bytes));
        if (answer !== null) assert.doesNotMatch(assertAnswer(answer).body, /root:|BEGIN .*KEY/);
      }),
      runs(200),
    );
    await unharmed();
  });

  it("[NET-5] the API answers JSON of the table to every verb, header and body", async () => {
    const methods = fc.constantFrom(...(Object.keys(REQUESTS) as Method[]), "__proto__", "constructor", "");
    const story = fc.record({
      verb: fc.constantFrom("POST", "POST", "POST", "GET", "PUT"),
      method: methods,
      token: fc.constantFrom(member.token, "A".repeat(43), "short", "", null),
      type: fc.constantFrom("application/json", "application/json; charset=utf-16", "text/plain", ""),
      body: fc.oneof(
        fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
        fc
          .constantFrom("[".repeat(200_000), '{"__proto__":{"limit":1},"limit":1}', '{"a":1e999}', "\ufeff{}")
          .map(Buffer.from),
      ),
      change: damage,
    });
    await fc.assert(
      fc.asyncProperty(story, async ({ verb, method, token, type, body, change }) => {
        const headers = { "content-type": type, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
        const answer = await ask(server.url, { method: verb, path: `/api/${method}`, headers, body: change(body) });
        const told = JSON.parse(assertAnswer(answer).body) as {
          error?: { data: { name: string } };
          result?: object;
        };
        if (told.error === undefined) assert.equal(typeof told.result, "object");
        else assert.ok(Object.hasOwn(REPLY_ERRORS, told.error.data.name) && told.error.data.name !== "INTERNAL");
      }),
      runs(250),
    );
    // Whoever ended the own session in this way signs in no more.
    await unharmed();
  });

  it("[FILE-2] a signed URL is good for what it says and nothing near it", async () => {
    const change = fc.oneof(
      damage.map(
        (each) => (url: string) =>
          each(Buffer.from(url))
            .toString("latin1")
            .replace(/[\0- \x7f-\xff]/g, "x"),
      ),
      fc
        .constantFrom(
          "&x=1",
          "&X-Amz-Expires=9999",
          "&response-content-type=text/html",
          "&uploads",
          "&partNumber=1&uploadId=x",
        )
        .map((more) => (url: string) => `${url}${more}`),
      fc
        .constantFrom("/../", "/%2e%2e/", "//", "/./")
        .map((more) => (url: string) => url.replace(/\/([^/?]+)\?/, `${more}$1?`)),
      fc.nat(20).map((at) => (url: string) => dropPair(url, at)),
      fc.constant((url: string) => url),
    );
    const range = fc.oneof(
      fc.constantFrom(undefined, "bytes=0-3", "bytes=-5", "bytes=100-", "bytes=3-1", "bytes=a-b", "bytes=0-0,2-2"),
      hostileText.map((text) => text.replace(/[^\x20-\x7e]/g, "")),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "GET", "PUT", "DELETE", "POST", "HEAD", "OPTIONS"),
        fc.boolean(),
        change,
        range,
        async (verb, reads, twist, wanted) => {
          const url = twist(reads ? readUrl : writeUrl);
          // Cut so short that it is another path.
          if (!url.startsWith(`${OBJECTS_PATH}/`)) return;
          const body = verb === "PUT" || verb === "POST" ? "something" : "";
          const headers: Record<string, string> = wanted === undefined ? {} : { range: wanted };
          const answer = assertAnswer(await ask(server.url, { method: verb, path: url, headers, body }));
          if (!(answer.status < 300) || verb === "OPTIONS") return;
          // The order of a query, and a dropped part that is empty, are no change.
          assert.ok(reads && (verb === "GET" || verb === "HEAD"), `${verb} ${url}`);
          assert.ok(verb === "HEAD" || CANARY.includes(answer.body), answer.body);
        },
      ),
      runs(250),
    );
    await unharmed();
  });
});

function dropPair(url: string, at: number): string {
  const [path = "", query = ""] = url.split("?");
  const pairs = query.split("&");
  return `${path}?${pairs.filter((_, index) => index !== at % pairs.length).join("&")}`;
}

const KEYS = { accessKey: "key", secretKey: "secret of the service", region: "us-east-1" };

describe("the object service, fuzzed by who has its key", () => {
  it("[FILE-2] answers by its table to signed nonsense, and stays in its folder", async (context) => {
    const lines: string[] = [];
    const root = await temporaryFolder();
    const service = await ObjectService.open({
      ...{ root, bucket: "parley", keys: KEYS, reserveBytes: 0, rate: 0, userRate: 0, clock: systemClock },
      log: createLog("warn", { write: (line) => void lines.push(line) }),
    });
    const server = createServer((asked, answer) => {
      void service.serve(asked, answer, { host: asked.headers.host ?? "", address: "192.0.2.1" });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    context.after(async () => {
      server.closeAllConnections();
      server.close();
      await removeTemporaryFolders();
    });
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new S3Client({
      ...{ endpoint: `${origin}${OBJECTS_PATH}`, region: KEYS.region, forcePathStyle: true },
      credentials: { accessKeyId: KEYS.accessKey, secretAccessKey: KEYS.secretKey },
    });
    const presigner = new S3RequestPresigner(client.config);
    const sign = async (
      method: string,
      key: string,
      query: Record<string, string>,
      headers: Record<string, string>,
    ) => {
      const path = `${OBJECTS_PATH}/parley/${key}`;
      const { host, hostname } = new URL(origin);
      const signed = await presigner.presign(
        { method, protocol: "http:", hostname, path, query, headers: { ...headers, host } },
        {
          expiresIn: 60,
          signableHeaders: new Set(Object.keys(headers)),
          unhoistableHeaders: new Set(Object.keys(headers)),
        },
      );
      const pairs = Object.entries(signed.query ?? {}).map(([name, value]) => {
        return `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`;
      });
      return `${signed.path}?${pairs.join("&")}`;
    };
    const value = fc.oneof(hostileText, fc.constantFrom("0", "1", "-1", "10001", "1e3", "NaN", "f".repeat(32), ""));
    const query = fc.dictionary(
      fc.constantFrom(
        ...["uploadId", "uploads", "partNumber", "part-number-marker", "max-parts", "x-id", "x-parley-user", "acl"],
        ...["response-content-type", "response-content-disposition", "versionId"],
      ),
      value,
      { maxKeys: 3, noNullPrototype: true },
    );
    const headers = fc.dictionary(
      fc.constantFrom("x-amz-copy-source", "if-none-match", "content-type", "if-match", "range", "content-md5"),
      fc.oneof(
        hostileText.map((text) => text.replace(/[^\x21-\x7e]/g, "")),
        fc.constantFrom("*", "%", "%zz", "/parley/f/a", "parley/../../etc/passwd", "bytes=0-1"),
      ),
      { maxKeys: 2, noNullPrototype: true },
    );
    const key = fc.oneof(fc.constantFrom("f/a", "f/b", "f/../x", "..", "f/%2e%2e/x", "f//x"), value);
    const part = fc.constantFrom(
      ...["<Part>", "</Part>", "<PartNumber>1</PartNumber>", `<ETag>${"a".repeat(32)}</ETag>`, "<!DOCTYPE x [", "&x;"],
    );
    const body = fc.oneof(
      fc.array(part, { maxLength: 9 }).map((parts) => parts.join("")),
      hostileText,
    );
    const verb = fc.constantFrom("GET", "PUT", "POST", "DELETE", "HEAD", "PATCH");
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(verb, key, query, headers, body, async (method, named, asked, said, text) => {
        const url = await sign(method, named, asked, said).catch(() => "");
        if (!/^[\x21-\x7e]+$/.test(url)) return;
        const { status } = await ask(origin, { method, path: url, headers: said, body: text });
        statuses.add(status);
        assert.ok(STATUSES.has(status), `${status}\n${lines.join("")}`);
      }),
      runs(300),
    );
    assert.ok(
      [200, 204, 400, 404, 501].every((status) => statuses.has(status)),
      [...statuses].join(" "),
    );
    assert.deepEqual(lines, []);
    client.destroy();
  });
});
