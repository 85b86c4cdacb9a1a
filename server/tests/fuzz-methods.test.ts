import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  BEFORE_SIGN_IN,
  EVENTS,
  type EventName,
  encodeRequest,
  limits,
  type Method,
  REPLY_ERRORS,
  REQUESTS,
  ReplyError,
  type ReplyErrorName,
} from "@parley/protocol";
import fc from "fast-check";
import { Value } from "typebox/value";
import { WebSocket } from "ws";
import { statusOf } from "../src/gateway/http-status.ts";
import { HTTP_USES } from "../src/gateway/http-uses.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { Bystanders } from "./_util/fuzz/bystanders.ts";
import { damaged } from "./_util/fuzz/damage.ts";
import { assertLean, assertUnharmed } from "./_util/fuzz/health.ts";
import { type Member, newMember } from "./_util/fuzz/member.ts";
import { ask } from "./_util/fuzz/raw-http.ts";
import { runs } from "./_util/fuzz/runs.ts";
import { type Schema, valuesOf } from "./_util/fuzz/schema-values.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { resumePerson } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";

const METHODS = Object.keys(REQUESTS) as Method[];
/** Of each method. */
const ROUNDS = 12;
const OPTIONS = [
  ...["--log-level", "warn", "--lobby", "on", "--mail", "outbox", "--invites", "everyone"],
  ...["--turn", "turn:127.0.0.1:3478", "--turn-secret", "s".repeat(32)],
];
/** After these a member may have nothing left to try the others on. */
const RUINOUS =
  /^(chat|member)\.(leave|delete|remove|transfer|mute|setRole|update)$|^message\.(retract|hide)$|^call\.(leave|refuse)$/;
const REQUEST_MAX_BYTES = limits.MAX_MESSAGE_BYTES / 2;
/** Of a stranger's request; 64 KiB are heard of one socket in all, and each request has more around it. */
const STRANGER_MAX_BYTES = 30_000;
const AROUND_BYTES = 256;
/** How sockets of a session end that its owner has ended. */
const SIGNED_OUT = new Set([1000, 4143]);

type Answer = { readonly result: unknown } | { readonly error: ReplyErrorName };

describe("every method, fuzzed by a member", () => {
  let server: SpawnedServer;
  let bystanders: Bystanders;
  let member: Member;

  before(async () => {
    server = await spawnServer(OPTIONS);
    bystanders = await Bystanders.meet(server.wsUrl);
    member = await newMember(server.url, bystanders);
  });
  after(async () => {
    await member?.person.connection.close();
    await bystanders?.leave();
    assert.equal(await server?.stop(), 0, "the server lives to the end");
    await removeTemporaryFolders();
  });

  /** Null: the session has ended, by what was asked now or before. */
  async function overSocket(connection: RawConnection, method: Method, params: unknown): Promise<Answer | null> {
    const frame = await connection.answerTo((id) => encodeRequest(id, method, params));
    if (frame.type === "result") return frame;
    assert.ok(frame.type === "error");
    if (!frame.error.message.startsWith("closed ")) return { error: frame.error.name };
    const code = await connection.closed;
    assert.ok(SIGNED_OUT.has(code), `closed with ${code}`);
    return null;
  }

  async function overHttp(method: Method, params: unknown): Promise<Answer | null> {
    const { status, body } = await ask(server.url, {
      method: "POST",
      path: `/api/${method}`,
      headers: {
        "content-type": "application/json",
        ...(BEFORE_SIGN_IN.has(method) ? {} : { authorization: `Bearer ${member.person.token}` }),
      },
      body: JSON.stringify(params),
    });
    const told = JSON.parse(body) as { result?: unknown; error?: { data: { name: ReplyErrorName } } };
    if (told.error === undefined) return { result: told.result };
    const { name } = told.error.data;
    assert.equal(status, statusOf(new ReplyError(name)));
    return name === "SESSION_INVALID" && !BEFORE_SIGN_IN.has(method) ? null : { error: name };
  }

  function assertAnswer(method: Method, answer: Answer): void {
    if ("error" in answer) {
      assert.ok(Object.hasOwn(REPLY_ERRORS, answer.error), answer.error);
      assert.notEqual(answer.error, "INTERNAL");
    } else if (!Value.Check(REQUESTS[method].result, answer.result)) {
      const [first] = Value.Errors(REQUESTS[method].result, answer.result);
      assert.fail(`${JSON.stringify(first)} in ${JSON.stringify(answer.result)}`);
    }
  }

  function assertEvents({ events }: RawConnection): void {
    for (const { method, params } of events.splice(0)) {
      const schema = EVENTS[method as EventName];
      assert.ok(schema !== undefined && Value.Check(schema, params), `${method} ${JSON.stringify(params)}`);
    }
  }

  async function renew(): Promise<void> {
    await member.person.connection.close();
    member = await newMember(server.url, bystanders);
  }

  /** As the method needs it; each connection has an allowance of its own. */
  async function connect(method: Method): Promise<RawConnection> {
    if (BEFORE_SIGN_IN.has(method)) return RawConnection.open(server.wsUrl);
    try {
      return await resumePerson(server.wsUrl, member.person);
    } catch (error) {
      assert.ok(error instanceof ReplyError && error.name === "SESSION_INVALID", String(error));
      await renew();
      return resumePerson(server.wsUrl, member.person);
    }
  }

  for (const method of METHODS) {
    it(`${method} answers by the table, and harms nobody`, async () => {
      const stranger = BEFORE_SIGN_IN.has(method);
      const bytesMax = stranger ? STRANGER_MAX_BYTES : REQUEST_MAX_BYTES;
      let connection = await connect(method);
      let sent = 0;
      const reconnect = async () => {
        await connection.close();
        connection = await connect(method);
        sent = 0;
      };
      const params = damaged(valuesOf(REQUESTS[method].params as Schema, () => member.names));
      const byHttp = HTTP_USES[method] === "request" ? fc.boolean() : fc.constant(false);
      await fc.assert(
        fc.asyncProperty(params, byHttp, async (each, http) => {
          const bytes = Buffer.byteLength(JSON.stringify(each));
          if (bytes > bytesMax) return;
          sent += bytes + AROUND_BYTES;
          // Closed by what failed, when a failure is tried again.
          if ((stranger && sent > bytesMax) || connection.socket.readyState !== WebSocket.OPEN) await reconnect();
          const answer = await (http ? overHttp(method, each) : overSocket(connection, method, each));
          if (answer !== null) assertAnswer(method, answer);
          assertEvents(connection);
          if (answer === null) await renew();
          // Who has signed in is no stranger any more.
          if (answer === null || (stranger && "result" in answer)) await reconnect();
        }),
        runs(ROUNDS),
      );
      assertEvents(bystanders.ann.connection);
      await bystanders.talk();
      await connection.close();
      if (RUINOUS.test(method)) await renew();
      assertUnharmed(server);
    });
  }

  it("costs no more memory than before", () => assertLean(server));
});
