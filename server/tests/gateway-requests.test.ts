import assert from "node:assert/strict";
import { after, test } from "node:test";
import { encodeRequest, type ReplyError, limits as wireLimits } from "@parley/protocol";
import { RawJson } from "../src/api/raw-json.ts";
import { StoreUnavailable } from "../src/store/kv.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { type GatewayOptions, startGateway, type TestGateway } from "./_util/gateway.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import { VirtualTime } from "./_util/virtual-time.ts";

after(removeTemporaryFolders);

const CHAT = "c".repeat(26);
const OTHER_CHAT = "e".repeat(26);
const TOKEN = { token: "t".repeat(43) };
const sendTo = (chatId: string) => ({
  chatId,
  clientId: "01890a5d-ac96-774b-bcce-b302099a8057",
  kind: "text",
  body: { text: "x" },
});

async function withGateway(options: GatewayOptions, job: (gateway: TestGateway) => Promise<void>): Promise<void> {
  const gateway = await startGateway(options);
  try {
    await job(gateway);
  } finally {
    await gateway.close();
  }
}

async function signedIn(gateway: TestGateway): Promise<RawConnection> {
  const connection = await RawConnection.open(gateway.wsUrl);
  await connection.request("auth.resume", TOKEN);
  return connection;
}

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail("it was accepted"),
    (error: ReplyError) => error,
  );

/** A promise with its handle outside. */
function gate<T>() {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test("a stranger may sign in and nothing else, who is signed in may not do it again", async () => {
  await withGateway({ handlers: { "account.get": async () => ({}) } }, async (gateway) => {
    const connection = await RawConnection.open(gateway.wsUrl);
    assert.equal(await connection.refusal("account.get", {}), "NOT_SIGNED_IN");
    assert.equal(await connection.refusal("auth.resume", TOKEN), "ok");
    assert.equal(await connection.refusal("auth.resume", TOKEN), "ALREADY_SIGNED_IN");
    assert.equal(await connection.refusal("account.get", {}), "ok");
    assert.equal(gateway.attached.size, 1);
    await connection.close();
  });
});

test("wrong params are refused with the path of the first wrong field, and nothing of what it held", async () => {
  await withGateway({}, async (gateway) => {
    const connection = await signedIn(gateway);
    const error = await rejection(
      connection.request("message.send", { ...sendTo(CHAT), body: { text: "secret", replyTo: "canary" } }),
    );
    assert.equal(error.name, "INVALID_PARAMS");
    assert.match(error.message, /\/body\/replyTo$/);
    assert.doesNotMatch(error.message, /canary|secret/);
    assert.equal(await connection.refusal("message.send", {}), "INVALID_PARAMS");
    assert.equal(await connection.refusal("message.send", null), "INVALID_PARAMS");
    assert.equal(await connection.refusal("no.such", {}), "METHOD_NOT_FOUND");
    assert.equal(await connection.refusal("__proto__", {}), "METHOD_NOT_FOUND");
    await connection.close();
  });
});

test("[F5] half of a surrogate pair is refused wherever it stands, a whole one is taken", async () => {
  const handlers = { "message.send": async () => ({ seq: 1, sentAt: 1, epoch: "1" }) };
  await withGateway({ handlers }, async (gateway) => {
    const connection = await signedIn(gateway);
    const refusal = (body: object) => connection.refusal("message.send", { ...sendTo(CHAT), body });
    for (const half of ["\ud83d", "a\udc4d", "\udfff\ud800 b"]) {
      assert.equal(await refusal({ text: half }), "INVALID_PARAMS");
      assert.equal(await refusal({ text: "x", extra: [{ [half]: 1 }] }), "INVALID_PARAMS");
    }
    assert.equal(await refusal({ text: "\ud83d\udc4d \\ud83d" }), "ok");
    const escaped = String.raw`{"text":"\ud83d\udc4d"}`;
    const params = JSON.stringify({ ...sendTo(CHAT), body: 0 }).replace('"body":0', `"body":${escaped}`);
    const answer = await connection.answerTo(
      (id) => `{"jsonrpc":"2.0","id":${id},"method":"message.send","params":${params}}`,
    );
    assert.equal(answer.type, "result");
    // The order of the checks is that of all params.
    const stranger = await RawConnection.open(gateway.wsUrl);
    assert.equal(await stranger.refusal("message.send", { text: "\ud83d" }), "NOT_SIGNED_IN");
    await stranger.close();
    await connection.close();
  });
});

test("[NET-7] what is wrong in a flood of values is not looked for", async () => {
  await withGateway({}, async (gateway) => {
    const connection = await signedIn(gateway);
    const few = await rejection(connection.request("user.watch", { userIds: Array(100).fill(CHAT).concat("x") }));
    assert.match(few.message, /\/userIds\/100$/);
    const many = await rejection(connection.request("user.watch", { userIds: Array(400_000).fill(1) }));
    assert.equal(many.name, "INVALID_PARAMS");
    assert.match(many.message, / at \/$/);
    await connection.close();
  });
});

test("lines that are no requests are answered without an id, and the connection lives", async () => {
  await withGateway({}, async (gateway) => {
    const connection = await signedIn(gateway);
    connection.sendText(`{"jsonrpc":\nnull\n[]\n{"jsonrpc":"2.0","id":0,"method":"account.get"}`);
    assert.deepEqual(await connection.unaddressed(4), [
      "PARSE_ERROR",
      "INVALID_REQUEST",
      "INVALID_REQUEST",
      "INVALID_REQUEST",
    ]);
    assert.equal(await connection.refusal("no.such", {}), "METHOD_NOT_FOUND");
    await connection.close();
  });
});

test("[F7] a handler that throws fails its request alone; its words reach neither the client nor the log", async () => {
  const lines: string[] = [];
  const handlers = {
    "account.get": async () => {
      throw new Error("canary in the message");
    },
    "account.devices": () => {
      throw new TypeError("canary thrown at once");
    },
    "chat.get": async () => {
      throw new StoreUnavailable("canary of the store");
    },
    "user.find": async () => ({ users: [] }),
  };
  await withGateway({ handlers, logTo: { write: (line) => void lines.push(line) } }, async (gateway) => {
    const connection = await signedIn(gateway);
    const failed = await rejection(connection.request("account.get", {}));
    assert.deepEqual([failed.name, failed.retry], ["INTERNAL", true]);
    assert.doesNotMatch(failed.message, /canary/);
    assert.equal(await connection.refusal("account.devices", {}), "INTERNAL");
    const unavailable = await rejection(connection.request("chat.get", { chatId: CHAT }));
    assert.deepEqual([unavailable.name, unavailable.retry], ["OVERLOADED", true]);
    assert.ok(unavailable.retryAfterMs > 0);
    assert.deepEqual(await connection.request("user.find", { handle: "bob" }), { users: [] });
    await connection.close();
  });
  const log = lines.join("");
  assert.match(log, /handler failed/);
  assert.match(log, /"method":"account.get"/);
  assert.doesNotMatch(log, /canary/);
});

test("ready JSON is joined into the reply as it is", async () => {
  const page = `{"users":[{"text":"größer"}]}`;
  await withGateway({ handlers: { "user.find": async () => new RawJson(Buffer.from(page)) } }, async (gateway) => {
    const connection = await signedIn(gateway);
    assert.deepEqual(await connection.request("user.find", { handle: "bob" }), JSON.parse(page));
    await connection.close();
  });
});

test("sends are begun in their order, and one that waits holds up neither the next nor a read", async () => {
  const waits = gate<object>();
  const begun: string[] = [];
  const handlers = {
    "message.send": async (_peer: unknown, params: unknown) => {
      const { chatId } = params as { chatId: string };
      begun.push(chatId);
      return begun.length === 1 ? waits.opened : {};
    },
    "user.find": async () => ({ users: [] }),
  };
  await withGateway({ handlers }, async (gateway) => {
    const connection = await signedIn(gateway);
    const first = connection.request("message.send", sendTo(CHAT));
    const others = [OTHER_CHAT, CHAT].map((chatId) => connection.request("message.send", sendTo(chatId)));
    await connection.request("user.find", { handle: "bob" });
    assert.deepEqual(begun, [CHAT, OTHER_CHAT, CHAT]);
    await Promise.all(others);
    waits.open({ seq: 1 });
    assert.deepEqual(await first, { seq: 1 });
    await connection.close();
  });
});

test("requests in flight are bounded and their ids are told apart", async () => {
  const waits = gate<object>();
  await withGateway({ handlers: { "account.get": () => waits.opened } }, async (gateway) => {
    const connection = await signedIn(gateway);
    const requests = Array.from({ length: wireLimits.REQUESTS_IN_FLIGHT_MAX }, () =>
      connection.refusal("account.get", {}),
    );
    const error = await rejection(connection.request("account.get", {}));
    assert.deepEqual([error.name, error.retry, error.retryAfterMs > 0], ["OVERLOADED", true, true]);
    waits.open({});
    assert.deepEqual(new Set(await Promise.all(requests)), new Set(["ok"]));
    assert.equal(await connection.refusal("account.get", {}), "ok");
    await connection.close();
  });
});

test("a request whose handler never ends is answered at its deadline, and its lane goes on", async () => {
  const clock = new VirtualTime();
  const stuck = gate<void>();
  const handlers = {
    "chat.leave": () => {
      stuck.open();
      return new Promise<object>(() => {});
    },
    "message.markRead": async () => ({}),
  };
  await withGateway({ handlers, clock }, async (gateway) => {
    const connection = await signedIn(gateway);
    const leave = connection.refusal("chat.leave", { chatId: CHAT });
    const read = connection.refusal("message.markRead", { chatId: CHAT, seq: 1 });
    await stuck.opened;
    await clock.run(32_000);
    assert.equal(await leave, "INTERNAL");
    // It waited for as long, and fails with it: the lane is free for what comes next.
    assert.equal(await read, "INTERNAL");
    assert.equal(await connection.refusal("message.markRead", { chatId: CHAT, seq: 1 }), "ok");
    await connection.close();
  });
});

test("a flood is refused with the wait, and closed when it does not listen", async () => {
  const limits = { requestBurst: 20, requestsPerSecond: 10, requestDebt: 30 };
  await withGateway({ limits, handlers: { "account.get": async () => ({}) } }, async (gateway) => {
    const connection = await signedIn(gateway);
    const refusals = await Promise.all(Array.from({ length: 30 }, () => connection.refusal("account.get", {})));
    assert.ok(refusals.includes("ok"));
    assert.equal(refusals.at(-1), "RATE_LIMITED");
    const error = await rejection(connection.request("account.get", {}));
    assert.ok(error.retry && error.retryAfterMs >= 1_000);
    for (let id = 1_000; id < 1_100; id += 1) connection.sendText(encodeRequest(id, "account.get", {}));
    assert.equal(await connection.closed, 4129);
  });
});

test("[NET-7] one person has one rate over all connections: another one is no new allowance", async () => {
  const limits = { userRequestsPerSecond: 1, userRequestBurst: 30, requestDebt: 20 };
  await withGateway({ limits }, async (gateway) => {
    const [first, second] = [await signedIn(gateway), await signedIn(gateway)];
    const ask = (connection: RawConnection, count: number) =>
      Promise.all(Array.from({ length: count }, () => connection.refusal("no.such", {})));
    assert.deepEqual(new Set(await ask(first, 25)), new Set(["METHOD_NOT_FOUND"]));
    const answers = await ask(second, 15);
    assert.equal(answers.filter((name) => name === "RATE_LIMITED").length >= 8, true, answers.join(" "));
    // Who comes back gets no more, and one that does not listen is closed.
    const third = await signedIn(gateway);
    void ask(third, 40);
    assert.equal(await third.closed, 4129);
    await Promise.all([first.close(), second.close()]);
  });
});
