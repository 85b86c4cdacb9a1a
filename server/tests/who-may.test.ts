import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { BEFORE_SIGN_IN, type Method, REQUESTS, type ReplyErrorName, type Result } from "@parley/protocol";
import { HTTP_USES } from "../src/gateway/http-uses.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { freshHandle, PASSWORD, textMessage } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import {
  ask,
  CALLERS,
  type Caller,
  Cast,
  HOUR_MS,
  makeWorld,
  poll,
  type SignedIn,
  type World,
} from "./_util/who-may-world.ts";

type Outcome = "ok" | ReplyErrorName;

interface Row {
  readonly params: (world: World, caller: Caller) => object;
  readonly may: Readonly<Record<Caller, Outcome>>;
  /** Done before anybody asks; the answer is kept in `world.prepared`. */
  readonly prepare?: (world: World, serverOwner: RawConnection) => Promise<string | undefined>;
  /** It changes what the others are, or may: it has a group for itself. */
  readonly alone?: true;
  /** The callers end their sessions or accounts: they are others than those of the other rows. */
  readonly own?: true;
}

const NONCE = "A".repeat(43);
const DEVICE = { name: "test" };
const NOBODY = { notSignedIn: "NOT_SIGNED_IN", revoked: "SESSION_INVALID" } as const;

/** The same for everybody who is signed in, but for some. */
function signedIn(outcome: Outcome, but: Partial<Record<SignedIn, Outcome>> = {}): Row["may"] {
  const all = { stranger: outcome, removed: outcome, blocked: outcome, muted: outcome, member: outcome };
  return { ...NOBODY, ...all, admin: outcome, owner: outcome, ...but };
}

/** Of a chat: those outside learn nothing of it. */
function inChat(outcome: Outcome, but: Partial<Record<SignedIn, Outcome>> = {}): Row["may"] {
  return signedIn(outcome, { stranger: "CHAT_NOT_FOUND", removed: "NOT_MEMBER", ...but });
}

/** Of a group, where only those who are named may; a direct chat has nothing of the kind. */
function inGroup(but: Partial<Record<SignedIn, Outcome>>): Row["may"] {
  return inChat("FORBIDDEN", { blocked: "NOT_A_GROUP", ...but });
}

/** Before sign-in; afterwards there is nothing to sign in to. */
function strangersOnly(outcome: Outcome): Row["may"] {
  return { ...signedIn("ALREADY_SIGNED_IN"), notSignedIn: outcome, revoked: outcome };
}

const chatId = (world: World, caller: Caller) => ({ chatId: world.at(caller).chatId });
const message = (world: World, caller: Caller) => {
  const { seq } = world.at(caller);
  return { ...chatId(world, caller), seq };
};
const aPoll = (world: World, caller: Caller) => ({ ...chatId(world, caller), seq: world.at(caller).pollSeq });
const outsider = (world: World, caller: Caller) => ({ userId: world.outsider(caller) });
const insider = (world: World, caller: Caller) => ({ ...chatId(world, caller), userId: world.insider(caller) });
const nothing = () => ({});
const joinBy =
  (join: "request" | "open") =>
  async ({ cast, groupId }: World) => {
    await ask(cast.people.owner, "chat.update", { chatId: groupId, join });
    return undefined;
  };

const aFile = (chatId: string) => {
  const bytes = { size: 1, sha256: "a".repeat(64), md5: "a".repeat(32) };
  return { chatId, name: "a.txt", type: "text/plain", ...bytes };
};
const begunFile = async ({ cast, groupId }: World) => {
  return (await ask(cast.people.member, "file.begin", aFile(groupId))).fileId;
};
const preparedFile = ({ prepared }: World) => ({ fileId: prepared });

const ownCall = () => ({ callId: randomUUID(), participantId: randomUUID() });
let begun = 0;
const begunCall = async ({ cast, groupId: chatId }: World) => {
  const own = ownCall();
  // Nobody rings the same person twice within seconds, and who calls is busy.
  const { owner: one, admin: other, ...rest } = cast.insiders;
  const callees = Object.values(rest);
  const insider = begun < callees.length ? one : other;
  const invited = [callees[begun % callees.length]?.userId ?? ""];
  begun += 1;
  await ask(insider, "call.start", { ...own, chatId, video: false, streams: [], invited });
  return JSON.stringify(own);
};
const inCall = ({ prepared }: Pick<World, "prepared">) => JSON.parse(prepared) as ReturnType<typeof ownCall>;
const aCall = (world: Pick<World, "prepared">) => ({ callId: inCall(world).callId });
/** Of a call: for those outside of its chat there is none. */
const ofCall = (outcome: Outcome, but: Partial<Record<SignedIn, Outcome>> = {}) => ({
  ...{ muted: outcome, member: outcome, admin: outcome, owner: outcome },
  ...but,
});

/** THE TABLE of who may call what. Exhaustive: a method without a row does not compile. */
const TABLE: Readonly<Record<Method, Row>> = {
  "auth.register": {
    params: () => ({ handle: freshHandle(), password: PASSWORD, device: DEVICE }),
    may: strangersOnly("ok"),
  },
  "auth.requestCode": {
    params: () => ({ purpose: "signIn", email: "somebody@mail.example" }),
    may: { ...signedIn("MAIL_UNAVAILABLE"), notSignedIn: "MAIL_UNAVAILABLE", revoked: "MAIL_UNAVAILABLE" },
  },
  "auth.scramStart": {
    params: ({ cast }) => ({ handle: cast.people.owner.handle, clientNonce: NONCE }),
    may: strangersOnly("ok"),
  },
  "auth.scramFinish": {
    params: () => ({ clientProof: NONCE, device: DEVICE }),
    may: strangersOnly("SCRAM_NOT_STARTED"),
  },
  "auth.signInByCode": {
    params: () => ({ email: "somebody@mail.example", code: "123456", device: DEVICE }),
    may: strangersOnly("MAIL_UNAVAILABLE"),
  },
  "auth.resetPassword": {
    params: () => ({ email: "somebody@mail.example", code: "123456", newPassword: PASSWORD }),
    may: strangersOnly("MAIL_UNAVAILABLE"),
  },
  "auth.resume": {
    params: ({ cast }) => ({ token: cast.people.revoked.token }),
    may: strangersOnly("SESSION_INVALID"),
  },
  "auth.signOut": { params: nothing, may: signedIn("ok"), own: true },
  "account.get": { params: nothing, may: signedIn("ok") },
  "account.setProfile": { params: () => ({ about: "a" }), may: signedIn("ok") },
  "account.setAvatar": { params: () => ({ avatar: null }), may: signedIn("ok"), own: true },
  "account.setPrivacy": {
    params: () => ({ privacy: { write: "anyone", presence: "everyone" } }),
    may: signedIn("ok"),
  },
  "account.setAway": { params: () => ({ away: false }), may: signedIn("ok") },
  "account.devices": { params: nothing, may: signedIn("ok") },
  "account.revokeDevice": {
    params: ({ cast }) => ({ deviceId: cast.people.blocker.deviceId }),
    may: signedIn("NOT_FOUND"),
  },
  "account.revokeOthers": { params: nothing, may: signedIn("ok") },
  "account.changePassword": {
    params: () => ({ password: PASSWORD, newPassword: "another vivid lantern 17" }),
    may: signedIn("ok"),
    own: true,
  },
  "account.changeHandle": {
    params: () => ({ password: PASSWORD, handle: freshHandle() }),
    may: signedIn("ok"),
    own: true,
  },
  "account.changeEmail": {
    params: () => ({ password: PASSWORD, email: "somebody@mail.example", code: "123456" }),
    may: signedIn("MAIL_UNAVAILABLE"),
  },
  "account.delete": {
    params: () => ({ password: PASSWORD }),
    may: signedIn("ok", { owner: "OWNS_GROUPS" }),
    own: true,
  },
  // By the owner of the server alone, who has no part in this chat.
  "invite.create": { params: () => ({ uses: 1, expiresInMs: HOUR_MS }), may: signedIn("FORBIDDEN") },
  "invite.list": { params: nothing, may: signedIn("ok") },
  "invite.revoke": {
    prepare: async (_, serverOwner) => {
      const created = await serverOwner.request("invite.create", { uses: 1, expiresInMs: HOUR_MS });
      return (created as Result<"invite.create">).invite.code;
    },
    params: ({ prepared }) => ({ code: prepared }),
    may: signedIn("NOT_FOUND"),
  },
  "user.find": { params: ({ cast }) => ({ handle: cast.people.owner.handle }), may: signedIn("ok") },
  "user.get": { params: ({ cast }) => ({ userIds: [cast.people.owner.userId] }), may: signedIn("ok") },
  "user.profile": { params: outsider, may: signedIn("ok") },
  "user.watch": { params: (world, caller) => ({ userIds: [world.outsider(caller)] }), may: signedIn("ok") },
  "blob.get": { params: ({ cast }) => ({ hash: cast.avatar }), may: signedIn("ok") },
  // Who is blocked does not learn it from this.
  "contact.request": { params: outsider, may: signedIn("ok"), own: true },
  "contact.cancel": { params: outsider, may: signedIn("ok") },
  "contact.answer": {
    params: (world, caller) => ({ userId: world.insider(caller), answer: "accept" }),
    prepare: async ({ cast }) => {
      await ask(cast.insiders.stranger, "contact.request", { userId: cast.people.stranger.userId });
      return undefined;
    },
    may: signedIn("NOT_FOUND", { stranger: "ok" }),
    own: true,
  },
  "contact.requests": { params: nothing, may: signedIn("ok") },
  "contact.list": { params: () => ({ limit: 10 }), may: signedIn("ok") },
  "contact.update": {
    params: (world, caller) => ({ userId: world.outsider(caller), remark: "x" }),
    may: signedIn("NOT_FOUND"),
  },
  "contact.remove": { params: outsider, may: signedIn("ok") },
  "contact.block": { params: outsider, may: signedIn("ok"), own: true },
  "contact.unblock": { params: outsider, may: signedIn("ok") },
  "contact.blocked": { params: nothing, may: signedIn("ok") },
  "chat.openDirect": { params: outsider, may: signedIn("ok") },
  "chat.createGroup": {
    params: (world, caller) => ({ name: "another", members: [world.outsider(caller)] }),
    may: signedIn("ok", { blocked: "WRITE_REFUSED" }),
  },
  "chat.expand": {
    params: (world, caller) => ({ ...chatId(world, caller), name: "another", members: [] }),
    may: inChat("INVALID_PARAMS", { blocked: "WRITE_REFUSED" }),
  },
  "chat.get": { params: chatId, may: inChat("ok") },
  "chat.update": {
    params: (world, caller) => ({ ...chatId(world, caller), name: `by ${caller}` }),
    alone: true,
    may: inGroup({ admin: "ok", owner: "ok" }),
  },
  "chat.leave": {
    params: chatId,
    alone: true,
    may: inChat("ok", { blocked: "NOT_A_GROUP", owner: "OWNER_MUST_TRANSFER" }),
  },
  "chat.delete": { params: chatId, alone: true, may: inGroup({ owner: "ok" }) },
  "chat.receipts": { params: chatId, may: inChat("ok") },
  "chat.directory": { params: () => ({ limit: 10 }), may: signedIn("ok") },
  "chat.preview": {
    prepare: joinBy("request"),
    params: chatId,
    may: signedIn("ok", { blocked: "CHAT_NOT_FOUND" }),
  },
  "chat.join": {
    prepare: joinBy("open"),
    params: chatId,
    may: signedIn("ok", { removed: "JOIN_CLOSED" }),
  },
  "chat.createLink": { params: chatId, may: inGroup({ admin: "ok", owner: "ok" }) },
  "chat.links": { params: chatId, may: inGroup({ admin: "ok", owner: "ok" }) },
  "chat.revokeLink": {
    params: (world, caller) => ({ ...chatId(world, caller), code: "none" }),
    may: inGroup({ admin: "ok", owner: "ok" }),
  },
  "chat.joinRequests": { params: chatId, may: inGroup({ admin: "ok", owner: "ok" }) },
  "chat.answerJoin": {
    prepare: async (world) => {
      await joinBy("request")(world);
      for (const caller of ["admin", "owner"] as const) {
        await ask(world.cast.outsiders[caller], "chat.join", { chatId: world.groupId });
      }
      return undefined;
    },
    params: (world, caller) => ({ ...chatId(world, caller), userId: world.outsider(caller), accept: true }),
    may: inGroup({ admin: "ok", owner: "ok" }),
  },
  "chat.invitations": { params: nothing, may: signedIn("ok") },
  "chat.answerInvitation": {
    prepare: async ({ cast, groupId }) => {
      await ask(cast.people.owner, "member.invite", { chatId: groupId, userId: cast.people.stranger.userId });
      return undefined;
    },
    params: (world, caller) => ({ ...chatId(world, caller), accept: true }),
    may: signedIn("ok", { removed: "NOT_FOUND" }),
  },
  "chat.setPrefs": {
    params: (world, caller) => ({ ...chatId(world, caller), prefs: { folders: ["x"] } }),
    may: inChat("ok"),
  },
  "chat.setDraft": {
    params: (world, caller) => ({ ...chatId(world, caller), draft: { text: "x" } }),
    may: inChat("ok"),
  },
  "member.add": {
    params: (world, caller) => ({ ...chatId(world, caller), userId: world.outsider(caller) }),
    alone: true,
    may: inGroup({ admin: "ok", owner: "ok" }),
  },
  "member.invite": {
    params: (world, caller) => ({ ...chatId(world, caller), userId: world.outsider(caller) }),
    may: inGroup({ admin: "ok", owner: "ok" }),
  },
  "member.remove": { params: insider, alone: true, may: inGroup({ admin: "ok", owner: "ok" }) },
  "member.setRole": {
    params: (world, caller) => ({ ...insider(world, caller), role: "admin" }),
    alone: true,
    may: inGroup({ owner: "ok" }),
  },
  "member.transfer": { params: insider, alone: true, may: inGroup({ owner: "ok" }) },
  "member.mute": {
    params: (world, caller) => ({ ...insider(world, caller), untilMs: Date.now() + HOUR_MS }),
    alone: true,
    may: inGroup({ admin: "ok", owner: "ok" }),
  },
  "member.list": { params: (world, caller) => ({ ...chatId(world, caller), limit: 10 }), may: inChat("ok") },
  "message.send": {
    params: (world, caller) => textMessage(world.at(caller).chatId, "hello"),
    may: inChat("ok", { blocked: "WRITE_REFUSED", muted: "MEMBER_MUTED" }),
  },
  "message.history": { params: (world, caller) => ({ ...chatId(world, caller), limit: 10 }), may: inChat("ok") },
  "message.get": {
    params: (world, caller) => ({ ...chatId(world, caller), seqs: [world.at(caller).seq] }),
    may: inChat("ok"),
  },
  "message.markRead": { params: message, may: inChat("ok") },
  "message.markDelivered": { params: message, may: inChat("ok") },
  "message.setTyping": {
    params: (world, caller) => ({ ...chatId(world, caller), typing: false }),
    may: inChat("ok"),
  },
  "message.readers": { params: message, may: inChat("ok") },
  // The message is the member's.
  "message.retract": {
    params: message,
    alone: true,
    may: inChat("FORBIDDEN", { member: "ok", admin: "ok", owner: "ok" }),
  },
  "message.edit": {
    params: (world, caller) => ({ ...message(world, caller), body: { text: "better" } }),
    may: inChat("FORBIDDEN", { member: "ok" }),
  },
  "message.edits": { params: message, may: inChat("ok") },
  "message.react": {
    params: (world, caller) => ({ ...message(world, caller), emoji: "👍", on: true }),
    may: inChat("ok", { blocked: "WRITE_REFUSED", muted: "MEMBER_MUTED" }),
  },
  "message.reactions": {
    params: (world, caller) => ({ ...chatId(world, caller), from: 1, to: 10 }),
    may: inChat("ok"),
  },
  "message.pin": {
    params: (world, caller) => ({ ...message(world, caller), on: true }),
    may: inChat("FORBIDDEN", { blocked: "WRITE_REFUSED", admin: "ok", owner: "ok" }),
  },
  "message.pins": { params: chatId, may: inChat("ok") },
  "message.vote": { params: (world, caller) => ({ ...aPoll(world, caller), options: [0] }), may: inChat("ok") },
  "message.poll": { params: aPoll, may: inChat("ok") },
  // The poll is the owner's.
  "message.closePoll": { params: aPoll, alone: true, may: inChat("FORBIDDEN", { admin: "ok", owner: "ok" }) },
  "message.star": { params: (world, caller) => ({ ...message(world, caller), on: true }), may: inChat("ok") },
  "message.stars": { params: () => ({ limit: 10 }), may: signedIn("ok") },
  "message.hide": {
    params: (world, caller) => ({ ...chatId(world, caller), seqs: [world.at(caller).seq] }),
    may: inChat("ok"),
  },
  // Whether they may say it then is asked then.
  "message.schedule": {
    params: (world, caller) => ({ ...textMessage(world.at(caller).chatId, "later"), at: Date.now() + HOUR_MS }),
    may: inChat("ok"),
  },
  "message.unschedule": {
    prepare: async ({ cast, groupId }) => {
      const clientId = randomUUID();
      const later = { ...poll(groupId), clientId, at: Date.now() + HOUR_MS };
      await cast.people.member.connection.request("message.schedule", later);
      return clientId;
    },
    params: ({ prepared }) => ({ clientId: prepared }),
    may: signedIn("NOT_FOUND", { member: "ok" }),
  },
  "message.scheduled": { params: nothing, may: signedIn("ok") },
  "file.begin": {
    params: (world, caller) => aFile(world.at(caller).chatId),
    may: inChat("ok", { blocked: "WRITE_REFUSED", muted: "MEMBER_MUTED" }),
  },
  // The upload is the member's.
  "file.parts": { prepare: begunFile, params: preparedFile, may: signedIn("FILE_NOT_FOUND", { member: "ok" }) },
  "file.complete": {
    prepare: begunFile,
    params: preparedFile,
    may: signedIn("FILE_NOT_FOUND", { member: "FILE_NOT_UPLOADED" }),
  },
  "file.abort": { prepare: begunFile, params: preparedFile, may: signedIn("FILE_NOT_FOUND", { member: "ok" }) },
  // The message has no such file. The poll is asked about, since the other one was hidden by `message.hide`.
  "file.url": {
    params: (world, caller) => ({ ...aPoll(world, caller), fileId: "a".repeat(26) }),
    may: inChat("FILE_NOT_FOUND"),
  },
  "file.list": { params: (world, caller) => ({ ...chatId(world, caller), limit: 10 }), may: inChat("ok") },
  "file.quota": { params: nothing, may: signedIn("ok") },
  "call.start": {
    params: (world, caller) => ({ ...ownCall(), ...chatId(world, caller), video: false, streams: [] }),
    alone: true,
    may: inChat("ok", { blocked: "WRITE_REFUSED", muted: "MEMBER_MUTED" }),
  },
  // The call is of an insider.
  "call.invite": {
    prepare: begunCall,
    params: ({ cast, ...world }) => ({ ...inCall(world), invited: [cast.people.admin.userId] }),
    may: signedIn("CALL_NOT_FOUND", ofCall("NOT_IN_CALL")),
  },
  "call.ringing": { prepare: begunCall, params: aCall, may: signedIn("CALL_NOT_FOUND", ofCall("ok")) },
  // Who was asked in may come although they may not write.
  "call.join": {
    prepare: begunCall,
    params: (world) => ({ ...aCall(world), participantId: randomUUID(), streams: [] }),
    may: signedIn("CALL_NOT_FOUND", ofCall("ok", { muted: "MEMBER_MUTED" })),
  },
  "call.refuse": {
    prepare: begunCall,
    params: (world) => ({ ...aCall(world), why: "refused" }),
    may: signedIn("CALL_NOT_FOUND", ofCall("ok")),
  },
  // The place in the call is the insider's.
  "call.leave": { prepare: begunCall, params: inCall, may: signedIn("CALL_NOT_FOUND", ofCall("NOT_IN_CALL")) },
  "call.setStreams": {
    prepare: begunCall,
    params: (world) => ({ ...inCall(world), streams: [] }),
    may: signedIn("CALL_NOT_FOUND", ofCall("NOT_IN_CALL")),
  },
  "call.keep": { prepare: begunCall, params: inCall, may: signedIn("CALL_NOT_FOUND", ofCall("NOT_IN_CALL")) },
  "call.get": { prepare: begunCall, params: aCall, may: signedIn("CALL_NOT_FOUND", ofCall("ok")) },
  "call.list": { params: nothing, may: signedIn("ok") },
  "call.ice": { prepare: begunCall, params: inCall, may: signedIn("CALL_NOT_FOUND", ofCall("NOT_IN_CALL")) },
  "call.signal": {
    prepare: begunCall,
    params: (world) => {
      const { callId, participantId: from } = inCall(world);
      return { callId, from, to: from, link: 1, number: 1, signal: { kind: "anew" } };
    },
    may: signedIn("CALL_NOT_FOUND", ofCall("NOT_IN_CALL")),
  },
  "settings.get": { params: nothing, may: signedIn("ok") },
  "settings.set": { params: () => ({ key: "look.theme", value: '"dark"' }), may: signedIn("ok") },
  "sync.pull": { params: nothing, may: signedIn("ok") },
  "node.info": { params: nothing, may: { ...signedIn("ok"), notSignedIn: "ok", revoked: "ok" } },
};

describe("who may call what", () => {
  let node: TestNode;
  let cast: Cast;
  let shared: World;
  let serverOwner: RawConnection;

  before(async () => {
    node = await startNode();
    serverOwner = await RawConnection.open(node.wsUrl);
    const account = { handle: freshHandle(), password: PASSWORD, device: DEVICE, invite: node.ownerCode };
    await serverOwner.request("auth.register", account);
    cast = await Cast.gather(node.wsUrl);
    shared = await makeWorld(cast);
  });
  after(async () => {
    await cast?.close();
    await serverOwner?.close();
    await node?.stop();
    await removeTemporaryFolders();
  });

  for (const method of Object.keys(REQUESTS) as Method[]) {
    const { params, may, prepare, own, alone } = TABLE[method];
    it(`[CHAT-3] [ACC-6] ${method}`, async () => {
      const callers = own === true ? await Cast.gather(node.wsUrl, cast) : cast;
      const isShared = own !== true && alone !== true && prepare === undefined;
      const world = isShared ? shared : await makeWorld(callers);
      const prepared = (await prepare?.(world, serverOwner)) ?? "";
      const found: Partial<Record<Caller, string>> = {};
      for (const caller of CALLERS)
        found[caller] = await outcome(callers, caller, method, params({ ...world, prepared }, caller));
      if (own === true) await callers.close(cast);
      assert.deepEqual(found, may);
    });
  }

  async function outcome({ people }: Cast, caller: Caller, method: Method, asked: object): Promise<string> {
    if (caller !== "notSignedIn" && caller !== "revoked") return people[caller].connection.refusal(method, asked);
    if (caller === "revoked" && HTTP_USES[method] === "request" && !BEFORE_SIGN_IN.has(method)) {
      return overHttp(method, asked, people.revoked.token);
    }
    const connection = await RawConnection.open(node.wsUrl);
    if (caller === "revoked") {
      const refused = await connection.refusal("auth.resume", { token: people.revoked.token });
      assert.equal(refused, "SESSION_INVALID");
    }
    const answer = await connection.refusal(method, asked);
    await connection.close();
    // Over the socket a session that has ended is refused when it is resumed; what follows is asked by nobody.
    return caller === "revoked" && answer === "NOT_SIGNED_IN" ? "SESSION_INVALID" : answer;
  }

  async function overHttp(method: Method, asked: object, token: string): Promise<string> {
    const response = await fetch(`${node.url}/api/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(asked),
    });
    const { error } = (await response.json()) as { error?: { data: { name: string } } };
    return error === undefined ? "ok" : error.data.name;
  }
});
