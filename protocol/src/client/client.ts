import type { ChatId, ClientId, UserId } from "../ids.ts";
import type { Method, Params, Result } from "../requests.ts";
import type { Message, TextBody } from "../schema/message.ts";
import type { ClientOptions } from "./options.ts";
import type { ClientState, Protection, SignedInAccount } from "./state.ts";
import type { ChatView, ClientEventName, ClientEvents, OutboxEntry } from "./view.ts";

/** A whole Parley client without a screen: connection, session, outbox, cache and sync. */
export declare class Client {
  constructor(options: ClientOptions);

  /** The present state; the `state` event tells each change. */
  readonly state: ClientState;
  /** Of the present connection; null without one. */
  readonly protection: Protection | null;
  /** Who is signed in, known from storage before the network answers; null when signed out. */
  readonly userId: UserId | null;

  /** Reads the storage (`loaded`), then connects if there is a session. Resolves when the storage is read. */
  start(): Promise<void>;
  /** Closes the connection and flushes the storage. The session stays; `start` resumes it. */
  stop(): Promise<void>;

  /** Connects without signing in, so that the protection can be shown and `node.info` asked before a password is typed. */
  prepare(): Promise<Protection>;
  register(account: { handle: string; password: string; displayName?: string }): Promise<SignedInAccount>;
  /** SCRAM bound to the channel; the password never leaves this process. */
  signIn(credentials: { handle: string; password: string }): Promise<SignedInAccount>;
  /** Ends the session at the server if it can be reached, and clears the storage in any case. */
  signOut(): Promise<void>;
  /** Cuts a wait short; also after `refused`, where it tries once more under the same rules. */
  reconnectNow(): void;

  /** A person has compared the fingerprint that `protection` shows. */
  markVerified(): Promise<void>;
  /** Forgets the pinned identity, tickets and the session, which belong to it. Only on a person's explicit wish. */
  resetPin(): Promise<void>;

  /**
   * Any method of the table except sign-in. Waits for a connection up to the timeout (default 15 s). Throws a
   * `ReplyError` when the server refuses, a `ClientError` when there is no valid answer.
   */
  request<M extends Method>(method: M, params: Params<M>, options?: { timeoutMs?: number }): Promise<Result<M>>;

  /** Chats now, unordered; from storage first, corrected by the network. */
  readonly chats: readonly ChatView[];
  chat(chatId: ChatId): ChatView | undefined;

  /** Ascending. From the cache where it has them, else from the server, then cached where they adjoin. */
  history(
    chatId: ChatId,
    page: { before?: number; after?: number; at?: number; limit: number },
  ): Promise<{ messages: readonly Message[]; more: boolean }>;

  /** Persists the message, tells `outbox`, and sends it as soon as it may. Resolves when it is persisted. */
  send(chatId: ChatId, body: TextBody): Promise<OutboxEntry>;
  /** A failed message once more, with the same clientId. */
  retry(clientId: ClientId): Promise<void>;
  /** Gives a failed message up. */
  discard(clientId: ClientId): Promise<void>;
  /** Unacknowledged messages in the order of writing. */
  readonly outbox: readonly OutboxEntry[];

  /** Moves the own read marker forward; coalesced, and repeated after a reconnect. */
  markRead(chatId: ChatId, seq: number): void;
  /** Call at every keystroke; sends at most one a few seconds. `false` when the text was sent or emptied. */
  setTyping(chatId: ChatId, typing: boolean): void;
  /** Follow the presence of these people instead of those before; kept over reconnects. Answers come as `presence`. */
  watch(userIds: readonly UserId[]): void;

  /** The answer ends it. A listener that throws ends in a `warning`, not in the library. */
  on<E extends ClientEventName>(event: E, listener: (value: ClientEvents[E]) => void): () => void;
}
