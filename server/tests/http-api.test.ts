import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { after, before, describe, it } from "node:test";
import { limits, type Method, type Params, REQUESTS, type Result } from "@parley/protocol";
import type { Handlers } from "../src/api/handlers.ts";
import { HTTP_USES } from "../src/gateway/http-uses.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { turnsUntil } from "./_util/patience.ts";
import { freshHandle, PASSWORD, type Person, registerPerson, resumePerson } from "./_util/person.ts";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly result?: unknown;
  readonly error?: { code: number; message: string; data: { name: string; retry: boolean; retryAfterMs: number } };
}

interface Call {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly verb?: string;
}

async function call(url: string, method: string, params: unknown, { token, headers, verb }: Call = {}) {
  const response = await fetch(`${url}/api/${method}`, {
    method: verb ?? "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(verb === "GET" ? {} : { body: isBody(params) ? params : JSON.stringify(params) }),
  });
  return { ...((await response.json()) as object), status: response.status, headers: response.headers } as Answer;
}

/** Sent as it is. */
function isBody(params: unknown): params is string | Buffer<ArrayBuffer> {
  return typeof params === "string" || Buffer.isBuffer(params);
}

async function result<M extends Method>(url: string, method: M, params: Params<M>, token?: string): Promise<Result<M>> {
  const answer = await call(url, method, params, token === undefined ? {} : { token });
  assert.equal(answer.status, 200, JSON.stringify(answer.error));
  return answer.result as Result<M>;
}

async function refused(answer: Promise<Answer>, status: number, name: string): Promise<Answer> {
  const told = await answer;
  assert.deepEqual([told.status, told.error?.data.name], [status, name], told.error?.message);
  return told;
}

describe("[NET-5] the HTTP API", () => {
  let node: TestNode;
  let ann: Person;

  before(async () => {
    node = await startNode();
    ann = await registerPerson(node.wsUrl);
  });
  after(async () => {
    await ann.connection.close();
    await node.stop();
    await removeTemporaryFolders();
  });

  it("takes somebody from the registration to a message that is heard live, without a socket", async () => {
    const { url } = node;
    const handle = freshHandle();
    const account = { handle, password: PASSWORD, device: { name: "curl" } };
    const { token } = await result(url, "auth.register", account);
    const found = await result(url, "user.find", { handle: ann.handle }, token);
    const [{ userId } = { userId: "" }] = found.users;
    assert.equal(userId, ann.userId);
    const { chat } = await result(url, "chat.openDirect", { userId }, token);
    const { chatId } = chat;
    const message = { chatId, clientId: randomUUID(), kind: "text", body: { text: "from curl" } } as const;
    const sent = await result(url, "message.send", message, token);
    assert.deepEqual(await result(url, "message.send", message, token), sent, "a resend is the same message");
    await ann.connection.event("message.new", (heard: { seq: number; chatId: string }) => {
      return heard.chatId === chatId && heard.seq === sent.seq;
    });
    const { messages } = await result(url, "message.history", { chatId, limit: 10 }, token);
    assert.deepEqual(
      messages.map((told) => (told.kind === "text" ? told.body.text : told.kind)),
      ["from curl"],
    );
    const { chats } = await result(url, "sync.pull", {}, token);
    assert.equal(chats.length, 1);
    await result(url, "auth.signOut", {}, token);
    await refused(call(url, "account.get", {}, { token }), 401, "SESSION_INVALID");
  });

  for (const method of Object.keys(REQUESTS) as Method[]) {
    it(`${method} ${HTTP_USES[method] === "request" ? "is reached" : "is refused by name"}`, async () => {
      // A text is no params of any method: it is refused by the schema, which stands behind everything else.
      const stranger = method.startsWith("auth.") && method !== "auth.signOut";
      const answer = call(node.url, method, '"text"', stranger ? {} : { token: ann.token });
      if (HTTP_USES[method] === "request") await refused(answer, 400, "INVALID_PARAMS");
      else await refused(answer, 400, "NEEDS_CONNECTION");
    });
  }

  it("refuses with a status that says what is wrong", async () => {
    const { url } = node;
    const { token } = ann;
    await refused(call(url, "no.such", {}, { token }), 404, "METHOD_NOT_FOUND");
    await refused(call(url, "", {}, { token }), 404, "METHOD_NOT_FOUND");
    await refused(call(url, "__proto__", {}, { token }), 404, "METHOD_NOT_FOUND");
    await refused(call(url, "chat.get", { chatId: "a".repeat(26) }, { token }), 404, "CHAT_NOT_FOUND");
    await refused(call(url, "chat.get", {}, { token }), 400, "INVALID_PARAMS");
    await refused(call(url, "chat.get", "{", { token }), 400, "PARSE_ERROR");
    // JSON is UTF-8: what is not would become another text without a word.
    const half = { about: "a\ud800b" };
    await refused(call(url, "account.setProfile", half, { token }), 400, "INVALID_PARAMS");
    const latin = Buffer.from('{"displayName":"Zo\u00eb"}', "latin1");
    await refused(call(url, "account.setProfile", latin, { token }), 400, "PARSE_ERROR");
    await refused(call(url, "account.get", {}), 401, "NOT_SIGNED_IN");
    const dead = await refused(call(url, "account.get", {}, { token: "A".repeat(43) }), 401, "SESSION_INVALID");
    assert.equal(dead.headers.get("www-authenticate"), "Bearer");
    await refused(call(url, "account.get", {}, { headers: { authorization: "Basic abc" } }), 401, "SESSION_INVALID");
    const again = { handle: ann.handle, password: PASSWORD, device: { name: "x" } };
    await refused(call(url, "auth.register", again), 409, "HANDLE_TAKEN");
    await refused(call(url, "auth.register", again, { token }), 409, "ALREADY_SIGNED_IN");
    const get = await refused(call(url, "account.get", {}, { token, verb: "GET" }), 405, "INVALID_REQUEST");
    assert.equal(get.headers.get("allow"), "POST");
    await refused(call(url, "node.info", {}, { headers: { "content-type": "text/plain" } }), 415, "INVALID_REQUEST");
    const long = { chatId: "x".repeat(limits.MAX_MESSAGE_BYTES) };
    await refused(call(url, "chat.get", long, { token }), 413, "INVALID_REQUEST");
    assert.deepEqual((await result(url, "node.info", {})).name, "Parley", "and lives on");
  });

  it("gives other web pages nothing", async () => {
    const foreign = { headers: { origin: "https://evil.example" } };
    const answer = await refused(call(node.url, "node.info", {}, foreign), 403, "INVALID_REQUEST");
    const asked = await call(node.url, "node.info", {}, { ...foreign, verb: "OPTIONS" });
    assert.equal(asked.status, 405);
    for (const { headers } of [answer, asked]) {
      assert.deepEqual(
        [...headers.keys()].filter((name) => name.startsWith("access-control")),
        [],
      );
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(headers.get("x-content-type-options"), "nosniff");
    }
    const own = { headers: { origin: node.url } };
    assert.equal((await call(node.url, "node.info", {}, own)).status, 200);
  });

  it("uses a session as a socket does: it lives on with each call, and ends with its revocation", async () => {
    const phone = await resumePerson(node.wsUrl, ann);
    const other = await registerPerson(node.wsUrl);
    const since = Date.now();
    const { devices } = await result(node.url, "account.devices", {}, other.token);
    const [device] = devices;
    assert.ok(device?.current);
    assert.ok(device.lastSeenAt >= since);
    assert.ok(device.expiresAt >= since + 7 * 24 * 3600_000);
    await other.connection.request("account.revokeDevice", { deviceId: other.deviceId });
    await refused(call(node.url, "account.devices", {}, { token: other.token }), 401, "SESSION_INVALID");
    await other.connection.closed;
    await phone.close();
  });

  it("is refused in words where a token could be read on its way", async () => {
    const { token } = ann;
    for (const headers of [
      { "x-forwarded-for": "192.0.2.1" },
      { via: "1.1 proxy" },
      { "x-forwarded-proto": "https" },
    ]) {
      const answer = await refused(call(node.url, "account.get", {}, { token, headers }), 426, "INVALID_REQUEST");
      assert.match(answer.error?.message ?? "", /https/);
    }
    const proxied = await startNode({ trustedProxies: ["127.0.0.1"] });
    const told = (proto: string) => ({ headers: { "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": proto } });
    await refused(call(proxied.url, "node.info", {}, told("http")), 426, "INVALID_REQUEST");
    assert.equal((await call(proxied.url, "node.info", {}, told("https"))).status, 200);
    await proxied.stop();
  });

  it("is served under TLS to clients of other machines", async () => {
    const secure = await startNode({ tls: "selfsigned" });
    const headers = { "content-type": "application/json", "x-forwarded-for": "192.0.2.1" };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const options = { method: "POST", headers, rejectUnauthorized: false };
      const request = httpsRequest(`${secure.url}/api/node.info`, options, (response) => {
        response.resume().once("end", () => resolve(response.statusCode));
      });
      request.once("error", reject).end("{}");
    });
    assert.equal(status, 200);
    await secure.stop();
  });
});

describe("[NET-7] the HTTP API bounds", () => {
  it("the calls of one session over all its requests, and says when to come back", async () => {
    const node = await startNode({}, { limits: { requestsPerSecond: 1, requestBurst: 5 } });
    const ann = await registerPerson(node.wsUrl);
    const bob = await registerPerson(node.wsUrl);
    const call5 = await Promise.all(
      Array.from({ length: 5 }, () => call(node.url, "account.get", {}, { token: ann.token })),
    );
    assert.deepEqual(new Set(call5.map(({ status }) => status)), new Set([200]));
    const late = await refused(call(node.url, "account.get", {}, { token: ann.token }), 429, "RATE_LIMITED");
    assert.equal(late.headers.get("retry-after"), "1");
    assert.equal((await call(node.url, "account.get", {}, { token: bob.token })).status, 200, "others go on");
    await ann.connection.close();
    await bob.connection.close();
    await node.stop();
  });

  it("a long request costs as much as several short ones", async () => {
    const node = await startNode({}, { limits: { requestsPerSecond: 1, requestBurst: 5 } });
    const ann = await registerPerson(node.wsUrl);
    const long = { padding: "x".repeat(5 * 16 * 1024) };
    await refused(call(node.url, "account.get", long, { token: ann.token }), 429, "RATE_LIMITED");
    await ann.connection.close();
    await node.stop();
  });

  it("strangers and guesses at tokens by their address", async () => {
    const node = await startNode({}, { limits: { requestsPerSecond: 1, requestBurst: 4 } });
    const ann = await registerPerson(node.wsUrl);
    for (let n = 0; n < 2; n += 1) {
      await refused(call(node.url, "account.get", {}, { token: "B".repeat(43) }), 401, "SESSION_INVALID");
      await refused(call(node.url, "account.get", {}), 401, "NOT_SIGNED_IN");
    }
    await refused(call(node.url, "account.get", {}, { token: "B".repeat(43) }), 429, "RATE_LIMITED");
    await refused(call(node.url, "node.info", {}), 429, "RATE_LIMITED");
    await ann.connection.close();
    await node.stop();
  });

  it("what is under way at once, and answers it before the node goes", async () => {
    let open = () => {};
    let begun = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const inside = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const wrapHandlers = (handlers: Handlers): Handlers => ({
      ...handlers,
      "account.get": async (peer, params) => {
        begun();
        await opened;
        return handlers["account.get"](peer, params);
      },
    });
    const node = await startNode({}, { wrapHandlers, limits: { httpCallsPerAddress: 1 } });
    const ann = await registerPerson(node.wsUrl);
    const slow = call(node.url, "account.get", {}, { token: ann.token });
    await inside;
    const crowded = await refused(call(node.url, "node.info", {}), 503, "OVERLOADED");
    assert.equal(crowded.headers.get("retry-after"), "1");
    const stopped = node.stop();
    open();
    assert.equal((await slow).status, 200);
    await stopped;
    await ann.connection.closed;
  });

  it("a body that ends early leaves nothing behind", async () => {
    const node = await startNode({}, { limits: { httpCallsPerAddress: 1 } });
    const request = httpRequest(`${node.url}/api/node.info`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": "100" },
    });
    request.on("error", () => {});
    request.write("{");
    await new Promise<void>((resolve) => request.once("socket", (socket) => socket.once("connect", resolve)));
    request.destroy();
    const isFree = async () => {
      const { status } = await call(node.url, "node.info", {});
      assert.ok(status === 200 || status === 503, String(status));
      return status === 200;
    };
    await turnsUntil(isFree, () => "the place of who has gone");
    await node.stop();
  });
});
