import type { Chat, ChatId, Message, UserId } from "@parley/protocol";
import { DEFAULT_CHAT_SETTINGS, ReplyError } from "@parley/protocol";
import type { ChatView, OutboxEntry, Upload, UploadedFile, UploadState } from "@parley/protocol/client";
import type { Talk } from "./talk.ts";

/** Ids as the server makes them, from a letter. */
export const idOf = (letter: string) => letter.repeat(26);
export const ME: UserId = idOf("m");
export const BO: UserId = idOf("b");
export const CHAT: ChatId = idOf("c");

export const CHAT_DATA: Chat = {
  chatId: CHAT,
  kind: "direct",
  createdAt: 1_000,
  peer: { userId: BO, handle: "bochen", displayName: "Bo Chen", avatar: null },
  role: "member",
  memberCount: 2,
  joinedSeq: 0,
  fromSeq: 0,
  settings: DEFAULT_CHAT_SETTINGS,
};

export function clientIdOf(seq: number): string {
  return `01890000-0000-7000-8000-${String(seq).padStart(12, "0")}`;
}

export function textEntry(seq: number, sender: UserId = BO, text = `text ${seq}`): Message {
  return { kind: "text", seq, sender, clientId: clientIdOf(seq), sentAt: 1_000_000 + seq * 1_000, body: { text } };
}

export function viewOf(head: number, more: Partial<ChatView> = {}): ChatView {
  return {
    chat: CHAT_DATA,
    head,
    readSeq: 0,
    unread: 0,
    mentions: 0,
    last: head === 0 ? null : textEntry(head),
    pins: [],
    prefs: {},
    draft: { text: "" },
    stars: [],
    ...more,
  };
}

export function outboxEntry(seq: number, text = `text ${seq}`): OutboxEntry {
  return {
    clientId: clientIdOf(seq),
    chatId: CHAT,
    content: { kind: "text", body: { text } },
    createdAt: 1_000_000 + seq * 1_000,
    order: seq,
    state: { name: "sending" },
  };
}

/** An upload that a test moves on. */
export class TestUpload implements Upload {
  readonly id = 1;
  readonly about: Upload["about"];
  readonly size: number;
  state: UploadState = { name: "queued" };
  readonly done: Promise<UploadedFile>;
  #resolve: (file: UploadedFile) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #changed: (state: UploadState) => void = () => {};

  constructor(about: Upload["about"], size: number) {
    this.about = about;
    this.size = size;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  on(changed: (state: UploadState) => void): () => void {
    this.#changed = changed;
    return () => {};
  }

  move(state: UploadState): void {
    this.state = state;
    this.#changed(state);
    if (state.name === "done") this.#resolve(state.file);
    if (state.name === "failed") this.#reject(new ReplyError("FILE_TYPE_WRONG"));
  }

  pause(): void {
    this.move({ name: "paused", doneBytes: 0 });
  }

  resume(): void {
    this.move({ name: "sending", doneBytes: 0 });
  }

  cancel(): void {
    this.move({ name: "cancelled" });
    this.#reject(new ReplyError("FILE_NOT_FOUND"));
  }
}

/** The other side of the models' one port: a log in memory, answered in pages, and a record of what was asked. */
export class LogTalk implements Talk {
  readonly log: Message[] = [];
  readonly done: string[] = [];
  userId: UserId | null = ME;
  readonly protection = null;
  leads = true;
  readonly settings = new Map<string, unknown>();
  /** Answers of requests by method; a method that is not here is refused. */
  readonly answers = new Map<string, (params: never) => unknown>();
  /** Holds back answers to `history` until it is called. */
  release: (() => void) | null = null;

  fill(count: number): void {
    while (this.log.length < count) this.log.push(textEntry(this.log.length + 1));
  }

  readonly history: Talk["history"] = async (_chatId, { before, after, limit }) => {
    this.done.push(`history ${before ?? ""}..${after ?? ""}`);
    const all = this.log.filter(({ seq }) => seq < (before ?? Number.POSITIVE_INFINITY) && seq > (after ?? 0));
    const messages = after === undefined ? all.slice(-limit) : all.slice(0, limit);
    if (this.release !== null) {
      await new Promise<void>((resolve) => {
        this.release = resolve;
      });
    }
    return { messages, more: messages.length < all.length };
  };

  readonly request: Talk["request"] = async (method, params) => {
    this.done.push(method);
    const answer = this.answers.get(method);
    if (answer === undefined) throw new ReplyError("FORBIDDEN");
    return answer(params as never) as never;
  };

  readonly send: Talk["send"] = async (_chatId, content) => {
    this.done.push(`send ${content.kind === "text" ? content.body.text : content.kind}`);
    return { ...outboxEntry(this.log.length + 1), content };
  };

  readonly uploads: TestUpload[] = [];
  readonly files: Talk["files"] = {
    seals: false,
    uploads: [],
    unfinished: async () => [],
    discard: async (fileId) => void this.done.push(`discard ${fileId}`),
    upload: ({ size }, about) => {
      this.done.push(`upload ${about.name} ${about.type}`);
      const upload = new TestUpload(about, size);
      this.uploads.push(upload);
      return upload;
    },
    url: async ({ chatId, seq }, fileId) => {
      this.done.push(`url ${seq}`);
      return { url: `https://store.test/${chatId}/${seq}/${fileId}?${this.done.length}`, expiresAt: this.urlsExpireAt };
    },
    download: async function* () {},
    read: async function* () {},
  };
  readonly calls: Talk["calls"] = {
    known: [],
    joined: [],
    start: async () => Promise.reject(new ReplyError("CALL_REFUSED")),
    join: async () => Promise.reject(new ReplyError("CALL_OVER")),
    refuse: async (callId, why) => void this.done.push(`refuse ${callId} ${why}`),
    ringing: (callId) => void this.done.push(`ringing ${callId}`),
  };
  urlsExpireAt = Number.POSITIVE_INFINITY;

  readonly setSetting: Talk["setSetting"] = (key, value) => {
    this.done.push(`setSetting ${key}`);
    this.settings.set(key, value);
  };
  readonly markRead: Talk["markRead"] = (_chatId, seq) => void this.done.push(`markRead ${seq}`);
  readonly setPrefs: Talk["setPrefs"] = (_chatId, prefs) => void this.done.push(`setPrefs ${JSON.stringify(prefs)}`);
  readonly newClientId: Talk["newClientId"] = () => clientIdOf(this.log.length + 1);
  readonly setDraft: Talk["setDraft"] = (_chatId, draft) => void this.done.push(`setDraft ${draft.text}`);
  readonly setTyping: Talk["setTyping"] = (_chatId, typing) => void this.done.push(`setTyping ${typing}`);
  readonly watch: Talk["watch"] = (userIds) => void this.done.push(`watch ${userIds.length}`);
  readonly retry: Talk["retry"] = async (clientId) => void this.done.push(`retry ${clientId}`);
  readonly discard: Talk["discard"] = async (clientId) => void this.done.push(`discard ${clientId}`);
  readonly reconnectNow: Talk["reconnectNow"] = () => void this.done.push("reconnectNow");
  readonly markVerified: Talk["markVerified"] = async () => void this.done.push("markVerified");
  readonly resetPin: Talk["resetPin"] = async () => void this.done.push("resetPin");
  readonly signOut: Talk["signOut"] = async () => void this.done.push("signOut");
  readonly prepare: Talk["prepare"] = () => Promise.reject(new ReplyError("OVERLOADED"));
  readonly register: Talk["register"] = () => Promise.reject(new ReplyError("HANDLE_TAKEN"));
  readonly requestCode: Talk["requestCode"] = () => Promise.reject(new ReplyError("MAIL_UNAVAILABLE"));
  readonly signInByCode: Talk["signInByCode"] = () => Promise.reject(new ReplyError("CODE_INVALID"));
  readonly resetPassword: Talk["resetPassword"] = () => Promise.reject(new ReplyError("CODE_INVALID"));
  readonly deleteAccount: Talk["deleteAccount"] = () => Promise.reject(new ReplyError("OWNS_GROUPS"));
  readonly signIn: Talk["signIn"] = () => Promise.reject(new ReplyError("CREDENTIALS_INVALID"));
}
