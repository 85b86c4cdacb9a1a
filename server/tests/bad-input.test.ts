import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { BEFORE_SIGN_IN, limits, type Method, REQUESTS } from "@parley/protocol";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { openDirect, type Person, registerPerson, resumePerson, textMessage } from "./_util/person.ts";
import { pixel } from "./_util/pictures.ts";
import { RawConnection } from "./_util/raw-connection.ts";

/** A well-formed value of each method's params, as the starting point of what is then broken. */
interface Setting {
  readonly ann: Person;
  readonly bob: Person;
  readonly chatId: string;
  readonly groupId: string;
}

type Sample = (setting: Setting) => Record<string, unknown>;

const NONCE = "A".repeat(43);
const DEVICE = { name: "test" };

const CAMERA = [{ streamId: "camera", kind: "camera", audio: true, video: true }];
const ownCall = () => ({ callId: randomUUID(), participantId: randomUUID() });

/** Exhaustive: a new method without a sample does not compile. */
const SAMPLES: Record<Method, Sample> = {
  "auth.register": () => ({ handle: "somebody", password: "correct horse battery", device: DEVICE }),
  "auth.scramStart": ({ ann }) => ({ handle: ann.handle, clientNonce: NONCE }),
  "auth.scramFinish": () => ({ clientProof: NONCE, device: DEVICE }),
  "auth.requestCode": () => ({ purpose: "signIn", email: "somebody@mail.example" }),
  "auth.signInByCode": () => ({ email: "somebody@mail.example", code: "123456", device: DEVICE }),
  "auth.resetPassword": () => ({
    email: "somebody@mail.example",
    code: "123456",
    newPassword: "correct horse battery",
  }),
  "auth.resume": ({ ann }) => ({ token: ann.token }),
  "auth.signOut": () => ({}),
  "account.get": () => ({}),
  "account.devices": () => ({}),
  "account.revokeDevice": ({ bob }) => ({ deviceId: bob.deviceId }),
  "account.revokeOthers": () => ({}),
  "account.changePassword": () => ({ password: "wrong one, surely", newPassword: "correct horse battery" }),
  "account.changeHandle": () => ({ password: "wrong one, surely", handle: "somebody" }),
  "account.changeEmail": () => ({ password: "wrong one, surely", email: "somebody@mail.example", code: "123456" }),
  "account.delete": () => ({ password: "wrong one, surely" }),
  "invite.create": () => ({ uses: 1, expiresInMs: 3_600_000 }),
  "invite.list": () => ({}),
  "invite.revoke": () => ({ code: "none" }),
  "user.find": ({ bob }) => ({ handle: bob.handle }),
  "user.get": ({ bob }) => ({ userIds: [bob.userId] }),
  "account.setProfile": () => ({ displayName: "Ann", about: "about", pronouns: "she" }),
  "account.setAvatar": () => ({ avatar: pixel().toString("base64url") }),
  "account.setPrivacy": () => ({ privacy: { write: "anyone", presence: "everyone" } }),
  "account.setAway": () => ({ away: false }),
  "blob.get": () => ({ hash: createHash("sha256").update(pixel()).digest("hex") }),
  "contact.request": ({ bob }) => ({ userId: bob.userId, message: "hello" }),
  "contact.cancel": ({ bob }) => ({ userId: bob.userId }),
  "contact.answer": ({ bob }) => ({ userId: bob.userId, answer: "refuse" }),
  "contact.requests": () => ({}),
  "contact.list": () => ({ limit: 10 }),
  "contact.update": ({ bob }) => ({ userId: bob.userId, remark: "Bobby", labels: ["work"] }),
  "contact.remove": ({ bob }) => ({ userId: bob.userId }),
  "contact.block": ({ bob }) => ({ userId: bob.userId }),
  "contact.unblock": ({ bob }) => ({ userId: bob.userId }),
  "contact.blocked": () => ({}),
  "user.profile": ({ bob }) => ({ userId: bob.userId }),
  "user.watch": ({ bob }) => ({ userIds: [bob.userId] }),
  "chat.openDirect": ({ bob }) => ({ userId: bob.userId }),
  "chat.createGroup": ({ bob }) => ({ name: "group", members: [bob.userId] }),
  "chat.expand": ({ chatId, bob }) => ({ chatId, name: "group", members: [bob.userId] }),
  "chat.get": ({ chatId }) => ({ chatId }),
  "chat.update": ({ groupId }) => ({ chatId: groupId, name: "renamed", join: "closed", slowModeMs: 0 }),
  "chat.leave": ({ groupId }) => ({ chatId: groupId }),
  "chat.receipts": ({ chatId }) => ({ chatId }),
  // Of a direct chat, which has none: the group is needed until the end.
  "chat.delete": ({ chatId }) => ({ chatId }),
  "member.setRole": ({ groupId, bob }) => ({ chatId: groupId, userId: bob.userId, role: "admin" }),
  "member.mute": ({ groupId, bob }) => ({ chatId: groupId, userId: bob.userId, untilMs: 0 }),
  "member.transfer": ({ groupId, ann }) => ({ chatId: groupId, userId: ann.userId }),
  "member.add": ({ groupId, bob }) => ({ chatId: groupId, userId: bob.userId }),
  "member.remove": ({ groupId, bob }) => ({ chatId: groupId, userId: bob.userId }),
  "member.list": ({ groupId }) => ({ chatId: groupId, limit: 10 }),
  "message.send": ({ chatId }) => textMessage(chatId, "hello"),
  "message.history": ({ chatId }) => ({ chatId, limit: 10 }),
  "message.markRead": ({ chatId }) => ({ chatId, seq: 1 }),
  "message.markDelivered": ({ chatId }) => ({ chatId, seq: 1 }),
  "message.star": ({ chatId }) => ({ chatId, seq: 1, on: true }),
  "message.stars": () => ({ before: Date.now(), limit: 10 }),
  "message.hide": ({ chatId }) => ({ chatId, seqs: [1] }),
  "message.schedule": ({ chatId }) => ({ ...textMessage(chatId, "later"), at: Date.now() + 3600_000 }),
  "message.unschedule": () => ({ clientId: randomUUID() }),
  "message.scheduled": () => ({}),
  "file.begin": ({ chatId }) => ({
    chatId,
    name: "a.txt",
    type: "text/plain",
    size: 1,
    sha256: "a".repeat(64),
    md5: "a".repeat(32),
    parts: [{ number: 1, size: 1, md5: "a".repeat(32) }],
  }),
  "file.parts": () => ({ fileId: "a".repeat(26), numbers: [1] }),
  "file.complete": () => ({ fileId: "a".repeat(26) }),
  "file.abort": () => ({ fileId: "a".repeat(26) }),
  "file.url": ({ chatId }) => ({ chatId, seq: 1, fileId: "a".repeat(26), download: true }),
  "file.list": ({ chatId }) => ({ chatId, kinds: ["image"], before: 1, limit: 10 }),
  "file.quota": () => ({}),
  "call.start": ({ groupId, bob }) => ({
    ...ownCall(),
    chatId: groupId,
    video: true,
    streams: CAMERA,
    invited: [bob.userId],
  }),
  "call.invite": ({ bob }) => ({ ...ownCall(), invited: [bob.userId] }),
  "call.ringing": () => ({ callId: randomUUID() }),
  "call.join": () => ({ ...ownCall(), streams: CAMERA }),
  "call.refuse": () => ({ callId: randomUUID(), why: "refused" }),
  "call.leave": () => ownCall(),
  "call.setStreams": () => ({ ...ownCall(), streams: CAMERA }),
  "call.keep": () => ownCall(),
  "call.get": () => ({ callId: randomUUID() }),
  "call.list": () => ({}),
  "call.ice": () => ownCall(),
  "call.signal": () => ({
    callId: randomUUID(),
    from: randomUUID(),
    to: randomUUID(),
    link: 1,
    number: 1,
    signal: { kind: "description", type: "offer", sdp: "v=0", tracks: [] },
  }),
  "settings.get": () => ({}),
  "settings.set": () => ({ key: "look.theme", value: '"dark"' }),
  "chat.setPrefs": ({ chatId }) => ({ chatId, prefs: { pinnedAt: 1, folders: ["work"] } }),
  "chat.setDraft": ({ chatId }) => ({ chatId, draft: { text: "Dear" } }),
  "message.setTyping": ({ chatId }) => ({ chatId, typing: true }),
  "chat.directory": () => ({ limit: 10 }),
  "chat.preview": ({ groupId }) => ({ chatId: groupId }),
  "chat.join": ({ groupId }) => ({ chatId: groupId, message: "let me in" }),
  "chat.createLink": ({ groupId }) => ({ chatId: groupId, uses: 1, expiresInMs: 3_600_000 }),
  "chat.links": ({ groupId }) => ({ chatId: groupId }),
  "chat.revokeLink": ({ groupId }) => ({ chatId: groupId, code: "none" }),
  "chat.joinRequests": ({ groupId }) => ({ chatId: groupId }),
  "chat.answerJoin": ({ groupId, bob }) => ({ chatId: groupId, userId: bob.userId, accept: true }),
  "chat.invitations": () => ({}),
  "chat.answerInvitation": ({ groupId }) => ({ chatId: groupId, accept: true }),
  "member.invite": ({ groupId, bob }) => ({ chatId: groupId, userId: bob.userId }),
  "message.get": ({ chatId }) => ({ chatId, seqs: [1] }),
  "message.readers": ({ chatId }) => ({ chatId, seq: 1 }),
  "message.retract": ({ groupId }) => ({ chatId: groupId, seq: 1 }),
  "message.edit": ({ chatId }) => ({ chatId, seq: 1, body: { text: "better" } }),
  "message.edits": ({ chatId }) => ({ chatId, seq: 1 }),
  "message.react": ({ chatId }) => ({ chatId, seq: 1, emoji: "👍", on: true }),
  "message.reactions": ({ chatId }) => ({ chatId, from: 1, to: 10 }),
  "message.pin": ({ chatId }) => ({ chatId, seq: 1, on: false }),
  "message.pins": ({ chatId }) => ({ chatId }),
  "message.vote": ({ chatId }) => ({ chatId, seq: 1, options: [0] }),
  "message.poll": ({ chatId }) => ({ chatId, seq: 1 }),
  "message.closePoll": ({ chatId }) => ({ chatId, seq: 1 }),
  "sync.pull": () => ({}),
  "node.info": () => ({}),
};

/** Values that no field of the protocol takes. */
const JUNK: readonly unknown[] = [null, -1, 1.5, "\u0000", { a: 1 }, [[]], Number.MAX_VALUE, "x".repeat(5_000)];
/** A text where these stand may be well-formed and is refused, or taken, by its own rules. */
const FREE_TEXT = new Set([
  "handle",
  "password",
  "newPassword",
  "email",
  "code",
  "name",
  "prefix",
  "displayName",
  "about",
  "pronouns",
  "message",
  "remark",
]);

/** Objects without a required field: one of other fields alone is well-formed, those are ignored. */
const NOTHING_REQUIRED = new Set(["prefs"]);
/** Base64url of up to 64 KiB, or null: what is no picture is refused as such. */
const PICTURES = new Set(["avatar"]);

const METHODS = Object.keys(REQUESTS) as Method[];

describe("bad input", () => {
  let server: SpawnedServer;
  let setting: Setting;

  before(async () => {
    server = await spawnServer(["--log-level", "debug"]);
    const ann = await registerPerson(server.wsUrl);
    const bob = await registerPerson(server.wsUrl);
    const chatId = await openDirect(ann, bob);
    const group = (await ann.connection.request("chat.createGroup", { name: "group", members: [bob.userId] })) as {
      chat: { chatId: string };
    };
    setting = { ann, bob, chatId, groupId: group.chat.chatId };
  });

  after(async () => {
    await setting?.ann.connection.close();
    await setting?.bob.connection.close();
    assert.equal(await server?.stop(), 0, "the server lives to the end");
  });

  const sampleOf = (method: Method) => SAMPLES[method](setting);
  const connectionFor = (method: Method) =>
    BEFORE_SIGN_IN.has(method) ? RawConnection.open(server.wsUrl) : resumePerson(server.wsUrl, setting.ann);

  for (const method of METHODS) {
    const required = () => REQUESTS[method].params;

    it(`${method} answers INVALID_PARAMS to every field of a wrong shape, and lives on`, async () => {
      const connection = await connectionFor(method);
      const sample = sampleOf(method);
      for (const field of Object.keys(sample)) {
        for (const junk of JUNK) {
          if (typeof junk === "string" && FREE_TEXT.has(field) && junk.length < 5_000) continue;
          if (NOTHING_REQUIRED.has(field) && typeof junk === "object" && junk !== null && "a" in junk) continue;
          if (junk === null && PICTURES.has(field)) continue;
          const refusal = await connection.refusal(method, { ...sample, [field]: junk });
          const isPicture = PICTURES.has(field) && typeof junk === "string" && junk.startsWith("x");
          assert.equal(
            refusal,
            isPicture ? "AVATAR_INVALID" : "INVALID_PARAMS",
            `${field} = ${JSON.stringify(junk)?.slice(0, 40)}`,
          );
        }
      }
      for (const params of [null, [], "text", 7, true]) {
        assert.equal(await connection.refusal(method, params), "INVALID_PARAMS", JSON.stringify(params));
      }
      assert.equal(await connection.refusal("node.info", {}), "ok");
      await connection.close();
    });

    it(`${method} answers INVALID_PARAMS when a required field is missing`, async () => {
      const schema = required() as { required?: readonly string[]; anyOf?: unknown };
      const connection = await connectionFor(method);
      const sample = sampleOf(method);
      const fields = schema.anyOf === undefined ? (schema.required ?? []) : Object.keys(sample);
      for (const field of fields) {
        const { [field]: _missing, ...rest } = sample;
        assert.equal(await connection.refusal(method, rest), "INVALID_PARAMS", field);
      }
      await connection.close();
    });

    if (!BEFORE_SIGN_IN.has(method)) {
      it(`${method} answers NOT_SIGNED_IN before sign-in`, async () => {
        const connection = await RawConnection.open(server.wsUrl);
        assert.equal(await connection.refusal(method, sampleOf(method)), "NOT_SIGNED_IN");
        await connection.close();
      });
    } else if (method !== "node.info" && method !== "auth.requestCode") {
      it(`${method} answers ALREADY_SIGNED_IN after sign-in`, async () => {
        assert.equal(await setting.ann.connection.refusal(method, sampleOf(method)), "ALREADY_SIGNED_IN");
      });
    }
  }

  it("answers METHOD_NOT_FOUND to a method that is none, also to the names of an object's own parts", async () => {
    for (const method of ["no.such", "constructor", "__proto__", "toString", ""]) {
      assert.equal(await setting.ann.connection.refusal(method, {}), "METHOD_NOT_FOUND", method);
    }
  });

  it("answers lines that are no request with an error that has no id, and lives on", async () => {
    const connection = await resumePerson(server.wsUrl, setting.ann);
    const lines = [
      "{",
      "[]",
      "7",
      '{"jsonrpc":"1.0","id":1,"method":"node.info"}',
      '{"jsonrpc":"2.0","id":-1,"method":"node.info"}',
    ];
    for (const line of lines) connection.sendText(line);
    assert.deepEqual(await connection.unaddressed(lines.length), ["PARSE_ERROR", ...Array(4).fill("INVALID_REQUEST")]);
    assert.equal(await connection.refusal("node.info", {}), "ok");
    await connection.close();
  });

  it("a long sync.pull, which a worker reads, is refused in the same words as a short one", async () => {
    const { ann, chatId } = setting;
    const strange = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [
          String(n)
            .padStart(26, "a")
            .replaceAll(/[018-9]/g, "b"),
          1,
        ]),
      );
    const heads = { ...strange(2_000), [chatId]: 1 };
    const paramsJson = JSON.stringify({ heads });
    const line = (id: number, params: string, more = "") =>
      `{"jsonrpc":"2.0","id":${id},"method":"sync.pull","params":${params}${more}}`;
    const answer = async (params: string, more?: string) => {
      const frame = await ann.connection.answerTo((id) => line(id, params, more));
      return frame.type === "error" ? `${frame.error.name} ${frame.error.message}` : frame.type;
    };
    assert.equal(await answer(paramsJson), "result");
    assert.equal(await answer(paramsJson, ',"unknown":[1]'), "result", "a field that nobody knows");
    assert.match(await answer(paramsJson, ',"method":"message.send"'), /^INVALID_REQUEST/);
    assert.match(await answer(`${paramsJson}}`), /^PARSE_ERROR/);
    assert.match(await answer(`[${paramsJson}]`), /^INVALID_PARAMS/);
    assert.match(
      await answer(JSON.stringify({ heads: { ...strange(300), [chatId]: -1 }, pad: "x".repeat(9_000) })),
      /\/heads\/[a-z2-7]+$/,
    );
    assert.match(await answer(JSON.stringify({ newest: "many", pad: "x".repeat(9_000) })), /\/newest$/);
    const stranger = await RawConnection.open(server.wsUrl);
    assert.equal(await stranger.refusal("sync.pull", { heads }), "NOT_SIGNED_IN");
    await stranger.close();
  });

  it("[CALL-1] call.signal refuses an SDP over 64 KiB, 1,000 candidates, and a place in no call", async () => {
    const { connection } = setting.ann;
    const signal = (what: object) =>
      connection.refusal("call.signal", { ...SAMPLES["call.signal"](setting), signal: what });
    const offer = (sdp: string) => ({ kind: "description", type: "offer", sdp, tracks: [] });
    assert.equal(await signal(offer("x".repeat(limits.SDP_MAX_BYTES + 1))), "INVALID_PARAMS");
    assert.equal(await signal(offer("x".repeat(limits.SDP_MAX_BYTES))), "CALL_NOT_FOUND");
    const candidates = (count: number) => ({ kind: "candidates", candidates: Array(count).fill({ candidate: "" }) });
    for (const count of [0, limits.CALL_CANDIDATES_MAX + 1, 1_000]) {
      assert.equal(await signal(candidates(count)), "INVALID_PARAMS", `${count}`);
    }
    assert.equal(await signal(candidates(1)), "CALL_NOT_FOUND", "a call that nobody has begun");
  });

  const texts: readonly (readonly [string, string, string])[] = [
    ["an empty text", "", "TEXT_EMPTY"],
    ["white space alone", " \n\t ", "TEXT_EMPTY"],
    ["invisible characters alone", "\u200b\u2060\ufeff", "TEXT_EMPTY"],
    ["more bytes of UTF-8 than allowed, in fewer characters", "€".repeat(limits.TEXT_MAX_BYTES / 2), "TEXT_TOO_LONG"],
  ];
  for (const [what, text, refusal] of texts) {
    it(`message.send refuses ${what} with ${refusal}`, async () => {
      const { ann, chatId } = setting;
      assert.equal(await ann.connection.refusal("message.send", textMessage(chatId, text)), refusal);
    });
  }

  it("message.send takes exactly the longest text, and text with quotes, brackets and line ends as it is", async () => {
    const { ann, bob, chatId } = setting;
    for (const text of ["x".repeat(limits.TEXT_MAX_BYTES), '"}\n{"jsonrpc":"2.0"', "\u2028\u0001 ‮ \ud83d\ude00"]) {
      const { seq } = (await ann.connection.request("message.send", textMessage(chatId, text))) as { seq: number };
      const heard = (await bob.connection.event("message.new", (message: { chatId: string; seq: number }) => {
        return message.chatId === chatId && message.seq === seq;
      })) as { body: { text: string } };
      assert.equal(heard.body.text, text);
    }
  });

  it("message.send refuses a reply to a seq that is not there, and mentions of people who are not members", async () => {
    const { ann, chatId } = setting;
    const stranger = await registerPerson(server.wsUrl);
    const send = (extra: object) => {
      const message = textMessage(chatId, "hello");
      return ann.connection.refusal("message.send", { ...message, body: { ...message.body, ...extra } });
    };
    assert.equal(await send({ replyTo: 1_000_000 }), "SEQ_OUT_OF_RANGE");
    assert.equal(await send({ mentions: [stranger.userId] }), "NOT_FOUND");
    await stranger.connection.close();
  });

  it("[MSG-7] message.send takes odd texts as texts, and nothing of a wrong shape in any kind", async () => {
    const { ann, bob, chatId, groupId } = setting;
    const send = (kind: string, body: unknown, chat = chatId) =>
      ann.connection.refusal("message.send", { chatId: chat, clientId: randomUUID(), kind, body });
    const deep: unknown = JSON.parse(`${"[".repeat(1_000)}${"]".repeat(1_000)}`);
    for (const text of [
      "[x](javascript:alert(1))",
      "data:text/html,<script>",
      "\u202eabc\u2066",
      "a\u200b\u200d",
      "*".repeat(5_000),
      "> ".repeat(5_000),
    ]) {
      assert.equal(await send("text", { text }), "ok", text.slice(0, 20));
    }
    assert.equal(await send("text", { text: "deep", extra: deep }), "ok");
    assert.equal(await send("text", { text: deep }), "INVALID_PARAMS");
    const mentions = Array.from({ length: 10_000 }, () => bob.userId);
    assert.equal(await send("text", { text: "all", mentions }), "INVALID_PARAMS");
    assert.equal(await send("text", { text: "all", mentionAll: false }), "INVALID_PARAMS");
    const place = { latitude: 1, longitude: 1 };
    assert.equal(await send("location", place), "ok");
    for (const wrong of [null, "1", 91, -181, Number.MAX_VALUE]) {
      assert.equal(await send("location", { ...place, latitude: wrong }), "INVALID_PARAMS", String(wrong));
    }
    const raw = JSON.stringify({ chatId, clientId: randomUUID(), kind: "location", body: { ...place, latitude: 7 } });
    for (const number of ["1e999", "-1e999", "NaN"]) {
      ann.connection.sendText(
        `{"jsonrpc":"2.0","id":900001,"method":"message.send","params":${raw.replace(":7", `:${number}`)}}`,
      );
      assert.equal(await ann.connection.refusal("node.info", {}), "ok", number);
    }
    const { messages } = (await ann.connection.request("message.history", { chatId, limit: 200 })) as {
      messages: { kind: string }[];
    };
    assert.equal(messages.filter(({ kind }) => kind === "location").length, 1);
    const poll = { question: "?", options: ["a", "b"], multiple: false, anonymous: false };
    for (const count of [0, 1, 1_000]) {
      const options = Array.from({ length: count }, (_, n) => `option ${n}`);
      assert.equal(await send("poll", { ...poll, options }), "INVALID_PARAMS", `${count} options`);
    }
    assert.equal(await send("poll", { ...poll, options: ["a", "a"] }), "INVALID_PARAMS");
    assert.equal(await send("contact", { user: { userId: bob.userId } }), "INVALID_PARAMS");
    assert.equal(await send("forward", { chatId, seqs: [] }), "INVALID_PARAMS");
    assert.equal(await send("forward", { chatId, seqs: [2, 1] }), "INVALID_PARAMS");
    assert.equal(await send("forward", { chatId: "a".repeat(26), seqs: [1] }), "CHAT_NOT_FOUND");
    for (const kind of ["system", "retracted", "void", "__proto__"]) {
      assert.equal(await send(kind, { text: "x" }), "INVALID_PARAMS", kind);
    }
    const gone = (await ann.connection.request("message.send", textMessage(groupId, "gone"))) as { seq: number };
    const edit = { chatId: groupId, seq: gone.seq, body: { text: "edited" } };
    assert.equal(await bob.connection.refusal("message.edit", edit), "FORBIDDEN");
    assert.equal(await ann.connection.refusal("message.retract", { chatId: groupId, seq: gone.seq }), "ok");
    assert.equal(await ann.connection.refusal("message.edit", edit), "MESSAGE_RETRACTED");
    assert.equal(await send("text", { text: "re", replyTo: gone.seq }, groupId), "MESSAGE_RETRACTED");
    assert.equal(await send("forward", { chatId: groupId, seqs: [gone.seq] }), "NOT_FORWARDABLE");
  });

  it("[FILE-1] file.begin refuses sizes, names, types and parts that no file has", async () => {
    const { ann, chatId } = setting;
    const hashes = { sha256: "a".repeat(64), md5: "a".repeat(32) };
    const begin = (more: object) =>
      ann.connection.refusal("file.begin", { chatId, name: "a.txt", type: "text/plain", size: 1, ...hashes, ...more });
    for (const size of [0, -1, 0.5, 2 ** 53, limits.FILE_SIZE_MAX + 1, "1"]) {
      assert.equal(await begin({ size }), "INVALID_PARAMS", String(size));
    }
    assert.equal(await begin({ size: limits.FILE_SIZE_MAX }), "FILE_TOO_LARGE");
    for (const name of ["", "x".repeat(10_240), "x".repeat(limits.FILE_NAME_MAX + 1)]) {
      assert.equal(await begin({ name }), "INVALID_PARAMS", `${name.length} characters`);
    }
    for (const name of ["../etc/passwd", "a\\b", "a\u0000.txt", "\u202ecod.exe", "\u2066a", "..", " "]) {
      assert.equal(await begin({ name }), "FILE_NAME_INVALID", JSON.stringify(name));
    }
    for (const type of ["", "text", "Text/plain", "text/plain; charset=utf-8", "text/plain\r\nx: y", "a/b/c"]) {
      assert.equal(await begin({ type }), "INVALID_PARAMS", JSON.stringify(type));
    }
    const parts = Array.from({ length: limits.FILE_PARTS_MAX + 1 }, (_, i) => ({
      number: i + 1,
      size: 1,
      md5: hashes.md5,
    }));
    assert.equal(await begin({ parts }), "INVALID_PARAMS");
    assert.equal(await begin({ parts: [] }), "INVALID_PARAMS");
    assert.equal(await begin({ parts: [{ number: 2, size: 1, md5: hashes.md5 }] }), "FILE_PARTS_INVALID");
    assert.equal(await begin({ sha256: "A".repeat(64) }), "INVALID_PARAMS");
    const send = (kind: string, body: object) =>
      ann.connection.refusal("message.send", { chatId, clientId: randomUUID(), kind, body });
    const fileId = "a".repeat(26);
    assert.equal(await send("file", { fileId }), "FILE_NOT_FOUND");
    for (const wrong of [{ width: 0 }, { width: limits.IMAGE_SIDE_MAX + 1 }, { durationMs: -1 }, { preview: "!" }]) {
      assert.equal(await send("image", { fileId, ...wrong }), "INVALID_PARAMS", JSON.stringify(wrong));
    }
    const preview = "A".repeat(4 * limits.PREVIEW_MAX_BYTES);
    assert.equal(await send("image", { fileId, preview }), "INVALID_PARAMS");
  });

  it("message.markRead and markDelivered refuse a seq beyond the head", async () => {
    const { ann, chatId } = setting;
    for (const method of ["message.markRead", "message.markDelivered"] as const) {
      assert.equal(await ann.connection.refusal(method, { chatId, seq: 1_000_000 }), "SEQ_OUT_OF_RANGE", method);
    }
  });

  it("auth.register refuses handles of two scripts, of wrong characters and length, and weak passwords", async () => {
    const connection = await RawConnection.open(server.wsUrl);
    const register = (handle: string, password: string) =>
      connection.refusal("auth.register", { handle, password, device: DEVICE });
    for (const handle of [
      "ab",
      "a".repeat(33),
      "pаypal",
      "a b c",
      "-abc",
      "abc.",
      "abc#12",
      "abc#1234567",
      "a\u200bbc",
    ]) {
      assert.equal(await register(handle, "correct horse battery"), "HANDLE_INVALID", handle);
    }
    for (const password of ["", "short", "password", "12345678", "x".repeat(257)]) {
      assert.equal(await register("newcomer", password), "PASSWORD_WEAK", password);
    }
    assert.equal(await connection.refusal("user.find", { handle: "newcomer" }), "NOT_SIGNED_IN");
    const { users } = (await setting.ann.connection.request("user.find", { handle: "newcomer" })) as { users: [] };
    assert.deepEqual(users, [], "nothing was stored");
    await connection.close();
  });

  it("[NODE-9] logs neither a password, a token nor the content of a message at any level", async () => {
    const { ann, chatId } = setting;
    const canary = "canary-7b1f4e";
    await ann.connection.request("message.send", textMessage(chatId, canary));
    await ann.connection.refusal("message.send", { ...textMessage(chatId, canary), kind: canary });
    const connection = await RawConnection.open(server.wsUrl);
    await connection.refusal("auth.register", { handle: canary, password: 7, device: { name: canary } });
    await connection.close();
    const output = server.output();
    for (const secret of [canary, ann.token, "correct horse battery"]) {
      assert(!output.includes(secret), `the log holds ${secret}`);
    }
  });
});
