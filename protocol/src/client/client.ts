import type { ChatId, ClientId, UserId } from "../ids.ts";
import { TEXT_MAX_BYTES, WATCH_MAX } from "../limits.ts";
import type { Method, Params, Result } from "../requests.ts";
import type { Chat } from "../schema/chat.ts";
import type { CodePurpose } from "../schema/mail.ts";
import type { NewContent } from "../schema/message.ts";
import type { ChatPrefs, Draft } from "../schema/settings.ts";
import { Calls, type ClientCalls } from "./calls/calls.ts";
import { Connection } from "./connection.ts";
import { checkContent } from "./content.ts";
import { Emitter } from "./emitter.ts";
import type { ClientFiles } from "./files/client-files.ts";
import { Files } from "./files/files.ts";
import type { HistoryWanted, MessagesPage } from "./history.ts";
import type { ClientOptions } from "./options.ts";
import { ServerClock } from "./server-clock.ts";
import type { Session } from "./session.ts";
import type { NewAccount } from "./sign-in.ts";
import { ClientError, type ClientState, type Protection, type SignedInAccount } from "./state.ts";
import { TabLease } from "./tab-lease.ts";
import { type TabPost, TabTalk } from "./tab-talk.ts";
import { claimStorage, clearStorage, readKept } from "./tenancy.ts";
import { uuidV7 } from "./uuid-v7.ts";
import type { ChatView, ClientEventName, ClientEvents, OutboxEntry } from "./view.ts";
import { isWish, type Wish } from "./wishes.ts";
import { Workspace } from "./workspace.ts";

/** What a sign-out waits for the server, before the storage is cleared anyway. */
const SIGN_OUT_TIMEOUT_MS = 3_000;
/** The server hashes the password, maybe after some others. */
const RESET_TIMEOUT_MS = 60_000;
/** Every group has to be left. */
const DELETE_TIMEOUT_MS = 60_000;

/** A whole Parley client without a screen: connection, session, outbox, cache and sync. */
export class Client {
  readonly #options: ClientOptions;
  readonly #events: Emitter<ClientEvents>;
  readonly #serverClock: ServerClock;
  readonly #connection: Connection;
  readonly #talk: TabTalk;
  /** Null where a storage has one client only, which then always writes. */
  readonly #lease: TabLease | null;
  readonly #files: Files;
  readonly #calls: Calls;
  #workspace: Workspace | null = null;
  #watched: readonly UserId[] = [];
  /** Changes of user happen one after the other: reading and clearing the storage take time. */
  #change: Promise<void> = Promise.resolve();

  constructor(options: ClientOptions) {
    const { storage, clock, random, tabs } = options;
    this.#options = options;
    this.#events = new Emitter((event, error) => {
      if (event !== "warning") this.#warn(`listener of ${event}: ${String(error)}`);
    });
    this.#serverClock = new ServerClock(clock);
    this.#connection = new Connection(options, this.#serverClock, {
      state: (state) => this.#events.emit("state", state),
      online: () => this.#online(),
      offline: () => this.#workspace?.offline(),
      event: (method, params) => this.#workspace?.receive(method, params),
      sessionChanged: (session) => this.#sessionChanged(session),
      identityRotated: (from, to) => this.#events.emit("identityRotated", { from, to }),
      warning: (what) => this.#warn(what),
    });
    this.#files = new Files({
      options: options.files ?? null,
      url: options.url,
      crypto: options.crypto,
      storage,
      clock,
      random,
      requester: { request: (method, params, timeoutMs) => this.#connection.request(method, params, timeoutMs) },
      serverNow: () => this.#serverClock.now(),
      isSignedIn: () => this.#workspace !== null,
      warning: (what) => this.#warn(what),
    });
    this.#calls = new Calls({
      options: options.calls ?? null,
      clock,
      random,
      serverNow: () => this.#serverClock.now(),
      isOnline: () => this.#connection.isOnline,
      request: (method, params) => this.#connection.request(method, params),
      requestNow: (method, params) => this.#connection.requestNow(method, params),
      changed: (call) => this.#events.emit("call", { call }),
      gone: (callId) => this.#events.emit("callGone", { callId }),
      warning: (what) => this.#warn(what),
    });
    this.#talk = new TabTalk(tabs ?? null, (post) => this.#hear(post));
    this.#lease = tabs
      ? new TabLease(storage, clock, random, {
          gained: () => void this.#workspace?.takeOver().catch(this.#failed),
          lost: () => {},
          ask: () => this.#talk.post({ about: "leaseAsked" }),
          released: () => this.#talk.post({ about: "leaseFree" }),
          warning: (what) => this.#warn(what),
        })
      : null;
  }

  /** The present state; the `state` event tells each change. */
  get state(): ClientState {
    return this.#connection.state;
  }

  /** Of the present connection; null without one. */
  get protection(): Protection | null {
    return this.#connection.protection;
  }

  /** Of the tabs that share a storage, is this the one that does what only one should do? */
  get leads(): boolean {
    return this.#lease?.held ?? true;
  }

  /** Who is signed in, known from storage before the network answers; null when signed out. */
  get userId(): UserId | null {
    return this.#connection.session?.account.userId ?? null;
  }

  /** Reads the storage (`loaded`), then connects if there is a session. Resolves when the storage is read. */
  async start(): Promise<void> {
    if (this.state.name !== "stopped") return;
    await this.#connection.load();
    const session = this.#connection.session;
    if (session) await this.#openWorkspace(session);
    this.#talk.start();
    this.#lease?.start();
    this.#connection.begin();
  }

  /** Closes the connection and flushes the storage. The session stays; `start` resumes it. */
  async stop(): Promise<void> {
    this.#connection.stop();
    await this.#change;
    await this.#closeWorkspace();
    await this.#lease?.stop();
    this.#talk.stop();
  }

  /** Connects without signing in, so that the protection can be shown and `node.info` asked before a password is typed. */
  prepare(): Promise<Protection> {
    return this.#connection.prepare();
  }

  /** `email` and `code` go together, see `requestCode`; `invite` is a server invite or the owner's code. */
  async register(account: NewAccount): Promise<SignedInAccount> {
    const signedIn = await this.#connection.register(account);
    await this.#change;
    return signedIn;
  }

  /** SCRAM bound to the channel; the password never leaves this process. */
  async signIn(credentials: { handle: string; password: string }): Promise<SignedInAccount> {
    const signedIn = await this.#connection.signIn(credentials);
    await this.#change;
    return signedIn;
  }

  /** Has a code of six digits sent to the address; the answer is the same whether it belongs to an account or not. */
  requestCode(purpose: CodePurpose, email: string): Promise<Result<"auth.requestCode">> {
    return this.request("auth.requestCode", { purpose, email });
  }

  /** Without a password: with a code of purpose `signIn`. */
  async signInByCode(credentials: { email: string; code: string }): Promise<SignedInAccount> {
    const signedIn = await this.#connection.signInByCode(credentials);
    await this.#change;
    return signedIn;
  }

  /** With a code of purpose `reset`. Ends every session of the account. */
  async resetPassword(reset: Params<"auth.resetPassword">): Promise<void> {
    await this.#connection.request("auth.resetPassword", reset, RESET_TIMEOUT_MS);
  }

  /** Deletes the account and all that this device has of it. Throws the refusal, and then nothing has changed. */
  async deleteAccount(password: string): Promise<void> {
    await this.request("account.delete", { password }, { timeoutMs: DELETE_TIMEOUT_MS });
    await this.#connection.endSession("deleted");
    await this.#change;
    await clearStorage(this.#options.storage);
    this.#talk.post({ about: "sessionEnded" });
  }

  /** Ends the session at the server if it can be reached, and clears the storage in any case. */
  async signOut(): Promise<void> {
    await this.#connection.signOut(SIGN_OUT_TIMEOUT_MS);
    await this.#change;
    await clearStorage(this.#options.storage);
    this.#talk.post({ about: "sessionEnded" });
  }

  /** Cuts a wait short; also after `refused`, where it tries once more under the same rules. Online, it probes the link. */
  reconnectNow(): void {
    this.#connection.reconnectNow();
  }

  /** A person has compared the fingerprint that `protection` shows. */
  markVerified(): Promise<void> {
    return this.#connection.markVerified();
  }

  /** Forgets the pinned identity, tickets and the session, which belong to it. Only on a person's explicit wish. */
  resetPin(): Promise<void> {
    return this.#connection.resetPin();
  }

  /**
   * Any method of the table except sign-in. Waits for a connection up to the timeout (default 15 s). Throws a
   * `ReplyError` when the server refuses, a `ClientError` when there is no valid answer.
   */
  async request<M extends Method>(
    method: M,
    params: Params<M>,
    options: { timeoutMs?: number } = {},
  ): Promise<Result<M>> {
    const workspace = this.#workspace;
    const life = workspace?.life;
    const result = await this.#connection.request(method, params, options.timeoutMs);
    if ("chat" in result && this.#workspace === workspace) workspace?.learn(result.chat as Chat, life);
    return result;
  }

  /** Files to and from the object store. */
  get files(): ClientFiles {
    return this.#files;
  }

  /** Calls that ring or go on; `call` tells each change. */
  get calls(): ClientCalls {
    return this.#calls;
  }

  /** Chats now, unordered; from storage first, corrected by the network. */
  get chats(): readonly ChatView[] {
    return this.#workspace?.replica.all().map(({ view }) => view) ?? [];
  }

  chat(chatId: ChatId): ChatView | undefined {
    return this.#workspace?.replica.get(chatId)?.view;
  }

  /** Ascending. From the cache where it has them, else from the server, then cached where they adjoin. */
  async history(chatId: ChatId, page: HistoryWanted): Promise<MessagesPage> {
    return this.#signedIn().history(chatId, page);
  }

  /** Persists the message, tells `outbox`, and sends it as soon as it may. Resolves when it is persisted. */
  async send(chatId: ChatId, content: NewContent): Promise<OutboxEntry> {
    const { textBytes } = this.#connection.session?.account.server.limits ?? { textBytes: TEXT_MAX_BYTES };
    checkContent(content, textBytes);
    return this.#signedIn().outbox.add(chatId, content);
  }

  /** A failed message once more, with the same clientId. */
  async retry(clientId: ClientId): Promise<void> {
    await this.#signedIn().outbox.retry(clientId);
  }

  /** Gives a failed message up. */
  async discard(clientId: ClientId): Promise<void> {
    await this.#signedIn().outbox.discard(clientId);
  }

  /** Unacknowledged messages in the order of writing. */
  get outbox(): readonly OutboxEntry[] {
    return this.#workspace?.outbox.entries ?? [];
  }

  /** Moves the own read marker forward; coalesced, and repeated after a reconnect. */
  markRead(chatId: ChatId, seq: number): void {
    this.#workspace?.markRead(chatId, seq);
  }

  /** What the user wants of this chat on all devices: all of it. Shown at once, kept until the server has it. */
  setPrefs(chatId: ChatId, prefs: ChatPrefs): void {
    this.#wish({ about: "prefs", chatId, prefs });
  }

  /** Call at every keystroke, with an empty text when it was sent: the other devices hear of it about once a second. */
  setDraft(chatId: ChatId, draft: Draft): void {
    this.#wish({ about: "draft", chatId, draft: { ...draft, text: draft.text.slice(0, TEXT_MAX_BYTES) } });
  }

  /** The settings that the user's devices share, by key. */
  get settings(): ReadonlyMap<string, unknown> {
    return this.#workspace?.personal.settings.values ?? new Map();
  }

  /** Any JSON value. Shown at once, kept until the server has it. */
  setSetting(key: string, value: unknown): void {
    this.#wish({ about: "setting", key, value: JSON.stringify(value) ?? "" });
  }

  /** For a message that is to be scheduled: it is known by this id then. */
  newClientId(): ClientId {
    return uuidV7(this.#serverClock.now(), this.#options.random);
  }

  /** Call at every keystroke; sends at most one a few seconds. `false` when the text was sent or emptied. */
  setTyping(chatId: ChatId, typing: boolean): void {
    this.#workspace?.typing.set(chatId, typing);
  }

  /** Follow the presence of these people instead of those before; kept over reconnects. Answers come as `presence`. */
  watch(userIds: readonly UserId[]): void {
    this.#watched = userIds.slice(0, WATCH_MAX);
    if (this.#connection.isOnline) this.#watch();
  }

  /** The answer ends it. A listener that throws ends in a `warning`, not in the library. */
  on<E extends ClientEventName>(event: E, listener: (value: ClientEvents[E]) => void): () => void {
    return this.#events.on(event, listener);
  }

  #wish(wish: Wish): void {
    if (!isWish(wish)) throw new ClientError("invalidParams", wish.about);
    this.#signedIn().personal.wish(wish);
  }

  #signedIn(): Workspace {
    if (this.#workspace === null) throw new ClientError("notSignedIn");
    return this.#workspace;
  }

  #online(): void {
    this.#workspace?.online();
    this.#files.online();
    this.#calls.online();
    if (this.#watched.length > 0) this.#watch();
  }

  #watch(): void {
    this.#connection.requestNow("user.watch", { userIds: [...this.#watched] }).then(
      ({ presence }) => {
        for (const one of presence) this.#events.emit("presence", one);
      },
      (error: unknown) => this.#warn(`watch: ${String(error)}`),
    );
  }

  /** The workspace follows the session. Events of the new connection wait in the pull that follows its opening. */
  #sessionChanged(session: Session | null): void {
    this.#change = this.#change
      .then(async () => {
        await this.#closeWorkspace();
        if (session !== this.#connection.session) return;
        if (session) await this.#openWorkspace(session);
        else this.#events.emit("reset", { chats: [] });
        if (session && this.#connection.isOnline) this.#workspace?.online();
        if (session) this.#talk.post({ about: "sessionBegan" });
      })
      .catch(this.#failed);
  }

  async #openWorkspace(session: Session): Promise<void> {
    const { storage } = this.#options;
    const me = session.account.userId;
    await claimStorage(storage, me);
    const workspace = new Workspace(
      {
        options: this.#options,
        serverClock: this.#serverClock,
        connection: this.#connection,
        events: this.#events,
        calls: this.#calls,
        mayWrite: () => this.#lease?.held ?? true,
        post: (post) => this.#talk.post(post),
      },
      me,
      await readKept(storage),
    );
    await workspace.load();
    this.#workspace = workspace;
    this.#events.emit("loaded", { chats: this.chats, outbox: this.outbox });
    if (this.#lease?.held) await workspace.takeOver();
  }

  async #closeWorkspace(): Promise<void> {
    const workspace = this.#workspace;
    this.#workspace = null;
    this.#files.stop();
    this.#calls.clear();
    await workspace?.close();
  }

  #hear(post: TabPost): void {
    if (post.about === "leaseFree") this.#lease?.look();
    else if (post.about === "leaseHeld") this.#lease?.answered();
    else if (post.about === "leaseAsked") this.#sayWhoLeads();
    else if (post.about === "sessionEnded") void this.#connection.endSession("signedOut").catch(this.#failed);
    else if (post.about === "sessionBegan") void this.#connection.adoptSession().catch(this.#failed);
    else this.#workspace?.hear(post);
  }

  #sayWhoLeads(): void {
    if (this.#lease?.held) this.#talk.post({ about: "leaseHeld" });
  }

  #warn(what: string): void {
    this.#events.emit("warning", { what });
  }

  readonly #failed = (error: unknown): void => this.#warn(String(error));
}
