import type { ClientSocket, OpenSocket, SocketEvents } from "../src/client/socket.ts";
import { ReplyError } from "../src/errors.ts";
import { decodeFrame, encodeError, encodeEvent, encodeResult } from "../src/frame.ts";
import type { ChatId, DeviceId, UserId } from "../src/ids.ts";
import type { Method, Params, Result } from "../src/requests.ts";
import type { SystemBody, TextBody } from "../src/schema/message.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../src/secure/bytes.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import {
  ClearServerChannel,
  ServerChannel,
  type ServerChannelOut,
  type ServerChannelSettings,
  type ServerSide,
  SUBPROTOCOL_CLEAR,
} from "../src/secure/index.ts";
import { scramKeys, scramPassword, scramVerify } from "../src/secure/scram.ts";
import { serverSettings } from "./channel-rig.ts";
import { type ModelChat, ModelChats } from "./client-model-chats.ts";
import { storedOf } from "./client-model-content.ts";
import type { ModelFiles } from "./client-model-files.ts";
import { ModelPersonal } from "./client-model-personal.ts";
import { seededRandom, type VirtualTime } from "./client-virtual-time.ts";

const LATENCY_MS = 5;
/** How long an answer that is late takes: others that are asked for meanwhile come before it. */
const LATE_MS = 1_000;
const COST = { memoryKiB: 19_456, iterations: 2, parallelism: 1 };
const SALT = new Uint8Array(16);

export interface Asked {
  readonly method: Method;
  readonly params: unknown;
  readonly userId: UserId | null;
}

/** What becomes of a request: `lose` it, `loseReply`, answer it now but say so `late`, or refuse it. Undefined: nothing special. */
export type Fate = "lose" | "loseReply" | "late" | ReplyError | undefined;

/** Stands for argon2id, which is not what these tests are about. */
export const quickHash = async ({ password, salt }: { password: Uint8Array; salt: Uint8Array }) =>
  new Uint8Array(nodeCrypto.hmac(salt, password));

/** A server that a test scripts, behind the real channel. One per test; everything in it moves by virtual time. */
export class ModelServer {
  readonly time: VirtualTime;
  readonly chats = new ModelChats();
  readonly personal = new ModelPersonal(this.chats);
  /** Where a test has a store for them. */
  files: ModelFiles | null = null;
  readonly asked: Asked[] = [];
  readonly links = new Set<ModelLink>();
  readonly sessions = new Map<string, { userId: UserId; deviceId: DeviceId }>();
  readonly verifiers = new Map<string, { userId: UserId; password: string }>();
  settings: ServerChannelSettings;
  /** What was offered by each connection, and what is selected. */
  readonly offers: (readonly string[])[] = [];
  select: (offered: readonly string[]) => string = (offered) => offered[0] ?? "";
  /** Refuses connections. */
  down = false;
  /** Chats in one page of `sync.pull`. */
  pageSize = 100;
  fate: (asked: Asked) => Fate = () => undefined;
  /** Pushes are hints, and may be lost. */
  losesPush: () => boolean = () => false;
  /** Answers that break the table. */
  lie: (asked: Asked) => unknown = () => undefined;
  readonly #random = seededRandom(7);

  constructor(time: VirtualTime, overrides: Partial<ServerChannelSettings> = {}) {
    this.time = time;
    this.settings = serverSettings({ clock: time, ...overrides });
    this.chats.noticed = (userId, notice, pos) =>
      this.push(userId, "inbox.new", { pos: String(pos), prev: String(pos - 1), notice });
  }

  readonly openSocket: OpenSocket = (_url, protocols, events) => {
    const selected = this.select(protocols);
    const link = new ModelLink(this, events, selected);
    this.offers.push(protocols);
    this.time.after(LATENCY_MS, () => (this.down ? link.lost(1006) : link.open(selected)));
    return link;
  };

  id(): string {
    return Array.from(this.#random.bytes(26), (byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte & 31]).join("");
  }

  count(method: Method): number {
    return this.asked.filter((asked) => asked.method === method).length;
  }

  /** Every connection ends as when a cable is pulled. */
  cut(): void {
    for (const link of [...this.links]) link.lost(1006);
  }

  push(userId: UserId, event: string, params: unknown): void {
    for (const link of this.links)
      if (link.session?.userId === userId && !this.losesPush()) link.line(encodeEvent(event, JSON.stringify(params)));
  }

  /** Somebody without a client of their own writes. */
  write(
    chatId: ChatId,
    sender: UserId,
    text: string,
    how: { silently?: boolean; more?: Partial<TextBody> } = {},
  ): number {
    const chat = this.chats.chats.get(chatId);
    if (chat === undefined) throw new Error("no such chat");
    const content = { kind: "text", body: { text, ...how.more } } as const;
    const { seq, fresh } = this.chats.append(chat, sender, this.#uuid(), content, this.time.now());
    if (fresh && !how.silently)
      for (const userId of chat.members.keys()) this.push(userId, "message.new", { chatId, ...fresh });
    return seq;
  }

  /** Somebody changes the chat itself. */
  system(chatId: ChatId, sender: UserId, body: SystemBody): number {
    const chat = this.chats.chats.get(chatId);
    if (chat === undefined) throw new Error("no such chat");
    const members = new Set(chat.members.keys());
    const message = this.chats.system(chat, sender, this.#uuid(), body, this.time.now());
    for (const userId of new Set([...members, ...chat.members.keys()])) {
      this.push(userId, "message.new", { chatId, ...message });
    }
    return message.seq;
  }

  #uuid(): string {
    return `01900000-0000-7000-8000-${String(this.#uuids++).padStart(12, "0")}`;
  }

  #uuids = 1;

  answer(link: ModelLink, method: Method, params: unknown): unknown {
    if (method.startsWith("auth.") || method === "node.info") return this.#auth(link, method, params);
    const userId = link.session?.userId;
    if (userId === undefined) throw new ReplyError("NOT_SIGNED_IN");
    if (this.files && method.startsWith("file.")) return this.files.answer(userId, method, params);
    switch (method) {
      case "chat.openDirect": {
        const other = (params as Params<"chat.openDirect">).userId;
        const existing = [...this.chats.chats.values()].find(
          (chat) => chat.kind === "direct" && chat.members.has(userId) && chat.members.has(other),
        );
        const chatId = existing?.chatId ?? this.id();
        if (!existing) this.chats.make(chatId, "direct", [userId, other]);
        const chat = this.chats.of(chatId, userId);
        if (!chat) throw new ReplyError("INTERNAL");
        if (!existing) this.push(other, "chat.changed", { chat: this.chats.view(chat, other) });
        return { chat: this.chats.view(chat, userId) };
      }
      case "message.send":
        return this.#send(userId, params as Params<"message.send">);
      case "message.history":
        return this.#history(userId, params as Params<"message.history">);
      case "message.markRead": {
        const { chatId, seq } = params as Params<"message.markRead">;
        const key = `${userId}:${chatId}`;
        this.chats.read.set(key, Math.max(seq, this.chats.read.get(key) ?? 0));
        this.chats.notify(userId, { kind: "read", chatId, seq });
        for (const member of this.chats.chats.get(chatId)?.members.keys() ?? []) {
          this.push(member, "read.changed", { chatId, userId, read: seq, delivered: seq });
        }
        return {};
      }
      case "message.markDelivered": {
        const { chatId, seq } = params as Params<"message.markDelivered">;
        this.chats.delivered.set(`${userId}:${chatId}`, seq);
        return {};
      }
      case "sync.pull":
        return this.#pull(userId, params as Params<"sync.pull">);
      case "user.watch":
        return { presence: (params as Params<"user.watch">).userIds.map((id) => ({ userId: id, state: "online" })) };
      case "message.setTyping":
        return {};
      case "message.get": {
        const { chatId, seqs } = params as Params<"message.get">;
        const chat = this.#membersOnly(chatId, userId);
        const messages = this.chats.seen(chat, userId).filter(({ seq }) => seqs.includes(seq));
        return { messages, pos: String(this.chats.inboxes.get(userId)?.length ?? 0) };
      }
      case "message.retract": {
        const { chatId, seq } = params as Params<"message.retract">;
        this.chats.retract(this.#membersOnly(chatId, userId), seq, userId);
        return { version: 1 };
      }
      case "message.edit": {
        const { chatId, seq, body } = params as Params<"message.edit">;
        return { version: this.chats.edit(this.#membersOnly(chatId, userId), seq, body) };
      }
      case "message.hide": {
        const { chatId, seqs } = params as Params<"message.hide">;
        this.chats.hide(this.#membersOnly(chatId, userId), userId, seqs);
        return {};
      }
      default: {
        const answer = this.personal.answer(userId, method, params, this.time.now());
        if (answer === undefined) throw new ReplyError("METHOD_NOT_FOUND");
        return answer;
      }
    }
  }

  #membersOnly(chatId: ChatId, userId: UserId): ModelChat {
    const chat = this.chats.of(chatId, userId);
    if (!chat) throw new ReplyError("CHAT_NOT_FOUND");
    return chat;
  }

  #auth(link: ModelLink, method: Method, params: unknown): unknown {
    switch (method) {
      case "auth.register": {
        const { handle, password } = params as Params<"auth.register">;
        if (this.verifiers.has(handle)) throw new ReplyError("HANDLE_TAKEN");
        const userId = this.id();
        this.verifiers.set(handle, { userId, password });
        return this.#grant(link, userId);
      }
      case "auth.scramStart": {
        const { handle, clientNonce } = params as Params<"auth.scramStart">;
        link.scram = { handle, clientNonce: fromBase64Url(clientNonce) ?? SALT, serverNonce: this.#random.bytes(32) };
        return { salt: toBase64Url(SALT), ...COST, serverNonce: toBase64Url(link.scram.serverNonce) };
      }
      case "auth.scramFinish": {
        const { clientProof } = params as Params<"auth.scramFinish">;
        if (!link.scram) throw new ReplyError("SCRAM_NOT_STARTED");
        const { handle: user, clientNonce, serverNonce } = link.scram;
        const account = this.verifiers.get(user);
        if (!account) throw new ReplyError("CREDENTIALS_INVALID");
        const keys = scramKeys(nodeCrypto, new Uint8Array(nodeCrypto.hmac(SALT, scramPassword(account.password))));
        const exchange = { user, clientNonce, serverNonce, salt: SALT, ...COST, binding: link.binding };
        const signature = scramVerify(nodeCrypto, keys, exchange, fromBase64Url(clientProof) ?? SALT);
        if (!signature) throw new ReplyError("CREDENTIALS_INVALID");
        return { ...this.#grant(link, account.userId), serverSignature: toBase64Url(signature) };
      }
      case "auth.resume": {
        const session = this.sessions.get((params as Params<"auth.resume">).token);
        if (!session) throw new ReplyError("SESSION_INVALID");
        link.signedIn(session);
        return { ...session, expiresAt: this.time.now() + 1e9, server: this.#serverInfo() };
      }
      case "auth.signOut": {
        for (const [token, session] of this.sessions) if (session === link.session) this.sessions.delete(token);
        return {};
      }
      default:
        return {
          name: "model",
          registration: "open",
          email: "off",
          unclaimed: false,
          sessions: "multi",
          server: this.#serverInfo(),
        };
    }
  }

  #grant(link: ModelLink, userId: UserId) {
    const token = toBase64Url(this.#random.bytes(32));
    const session = { userId, deviceId: this.id() };
    this.sessions.set(token, session);
    link.signedIn(session);
    return { token, ...session, expiresAt: this.time.now() + 1e9, server: this.#serverInfo() };
  }

  #serverInfo(): Result<"node.info">["server"] {
    const limits = {
      textBytes: 16_384,
      mentions: 100,
      groupMembers: 2000,
      groupCreate: 200,
      groupName: 100,
      chatsPerUser: 5000,
      historyPage: 200,
      typingMs: 6000,
      watch: 500,
      requestsInFlight: 64,
      avatarBytes: 65536,
      about: 500,
      description: 1000,
      displayName: 64,
      contacts: 5000,
      pins: 50,
      pollOptions: 12,
      seqs: 100,
      scheduleAheadMs: 366 * 24 * 3600_000,
      retractMs: 48 * 3600_000,
      callParticipants: 6,
    };
    return { version: "1", features: [], limits, timeMs: this.time.now() };
  }

  #send(userId: UserId, { chatId, clientId, ...content }: Params<"message.send">): Result<"message.send"> {
    const chat = this.#membersOnly(chatId, userId);
    const stored = storedOf(content, (id) => this.chats.chats.get(id)?.log ?? []);
    const { seq, sentAt, fresh } = this.chats.append(chat, userId, clientId, stored, this.time.now());
    if (fresh) for (const member of chat.members.keys()) this.push(member, "message.new", { chatId, ...fresh });
    return { seq, sentAt, epoch: this.chats.epoch };
  }

  #history(userId: UserId, { chatId, before, after, limit }: Params<"message.history">): Result<"message.history"> {
    const chat = this.#membersOnly(chatId, userId);
    const log = this.chats.seen(chat, userId).filter(({ seq }) => seq >= (chat.members.get(userId) ?? 0));
    const messages =
      after !== undefined
        ? log.filter(({ seq }) => seq > after).slice(0, limit)
        : log.filter(({ seq }) => seq < (before ?? Infinity)).slice(-limit);
    const pos = String(this.chats.inboxes.get(userId)?.length ?? 0);
    return { messages, head: chat.log.length, pos, epoch: this.chats.epoch };
  }

  #pull(userId: UserId, { pos, heads = {}, tails = {}, after, newest = 20 }: Params<"sync.pull">): Result<"sync.pull"> {
    const inbox = this.chats.inboxes.get(userId) ?? [];
    const named = new Set(inbox.slice(Number(pos ?? 0)).map((notice) => ("chatId" in notice ? notice.chatId : "")));
    const mine = [...this.chats.chats.values()].filter((chat) => chat.members.has(userId));
    const states = mine.flatMap((chat) => {
      let known = heads[chat.chatId] ?? 0;
      const tail = chat.log[known - 1];
      const clientId = tail && tail.kind !== "void" ? tail.clientId : undefined;
      const reset =
        known > chat.log.length || (known > 0 && tails[chat.chatId] !== undefined && tails[chat.chatId] !== clientId);
      if (reset) known = 0;
      if (!reset && pos !== undefined && chat.log.length <= known && !named.has(chat.chatId)) return [];
      const from = Math.max(known + 1, chat.log.length - newest + 1, chat.members.get(userId) ?? 0);
      return [
        {
          chat: this.chats.view(chat, userId),
          head: chat.log.length,
          readSeq: this.chats.read.get(`${userId}:${chat.chatId}`) ?? 0,
          ...this.chats.unread(chat, userId),
          ...this.personal.stateOf(userId, chat.chatId),
          pins: chat.pins,
          messages: this.chats.seen(chat, userId).slice(from - 1),
          ...(reset ? { reset } : {}),
        },
      ];
    });
    const start = after === undefined ? 0 : Number(after);
    const end = start + this.pageSize;
    return {
      pos: String(inbox.length),
      notices: after === undefined && pos !== undefined ? inbox.slice(Number(pos)) : [],
      chats: states.slice(start, end),
      epoch: this.chats.epoch,
      ...(end < states.length ? { more: String(end) } : {}),
    };
  }
}

/** One connection, both ends of its socket. Frames take a moment each way, in order. */
export class ModelLink implements ClientSocket {
  readonly #server: ModelServer;
  readonly #events: SocketEvents;
  readonly #channel: ServerSide;
  session: { userId: UserId; deviceId: DeviceId } | null = null;
  binding: Uint8Array = new Uint8Array(32);
  scram: { handle: string; clientNonce: Uint8Array; serverNonce: Uint8Array } | null = null;
  /** The line has died, and nobody is told so: nothing passes, either way. */
  mute = false;
  #ended = false;

  constructor(server: ModelServer, events: SocketEvents, selected: string) {
    this.#server = server;
    this.#events = events;
    const out: ServerChannelOut = {
      send: (frame) => this.#later(() => this.#events.received(new Uint8Array(frame))),
      event: (event) => {
        if (event.type === "open") {
          this.binding = event.binding;
          if (event.claims) this.signedIn({ userId: event.claims.userId, deviceId: event.claims.deviceId });
        } else if (event.type === "text") for (const line of event.text.split("\n")) this.#request(line);
        else if (event.type === "failed") this.lost(4109);
      },
      checkTicket: async ({ sessionId }) => server.sessions.has(sessionId),
      admitFull: () => 0,
    };
    this.#channel =
      selected === SUBPROTOCOL_CLEAR
        ? new ClearServerChannel(server.settings, out)
        : new ServerChannel(server.settings, out);
  }

  open(protocol: string): void {
    if (this.#ended) return;
    this.#server.links.add(this);
    this.#events.opened(protocol);
    this.#channel.start();
  }

  // As the client sees it.

  send(bytes: Uint8Array): void {
    const frame = new Uint8Array(bytes);
    this.#later(() => this.#channel.receive(frame));
  }

  close(code: number): void {
    this.lost(code);
  }

  // As the server sees it.

  line(text: string): void {
    if (!this.#ended) this.#channel.sendLines([utf8(text)]);
  }

  signedIn(session: { userId: UserId; deviceId: DeviceId }): void {
    this.session = session;
    const [sessionId = ""] = [...this.#server.sessions].find(([, kept]) => kept.deviceId === session.deviceId) ?? [];
    this.#channel.signedIn();
    this.#channel.sendTicket({ ...session, sessionId });
  }

  lost(code: number, reason = ""): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#server.links.delete(this);
    this.#server.time.after(0, () => this.#events.closed(code, reason));
  }

  /** Says goodbye inside the channel. */
  goodbye(reason: Parameters<ServerChannel["close"]>[0], detail = ""): void {
    this.#channel.close(reason, detail);
    this.#server.time.after(LATENCY_MS * 2, () => this.lost(1000));
  }

  #later(job: () => void): void {
    this.#server.time.after(LATENCY_MS, () => {
      if (!this.#ended && !this.mute) job();
    });
  }

  #request(line: string): void {
    const frame = decodeFrame(line);
    if (frame.type !== "request") return;
    const asked: Asked = { method: frame.method as Method, params: frame.params, userId: this.session?.userId ?? null };
    this.#server.asked.push(asked);
    const fate = this.#server.fate(asked);
    if (fate === "lose") return;
    const say = (answer: string) => {
      if (fate === "late") this.#server.time.after(LATE_MS, () => this.line(answer));
      else if (fate !== "loseReply") this.line(answer);
    };
    try {
      if (fate instanceof ReplyError) throw fate;
      const result = this.#server.lie(asked) ?? this.#server.answer(this, asked.method, frame.params);
      say(encodeResult(frame.id, JSON.stringify(result)));
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      say(encodeError(frame.id, error));
    }
  }
}
