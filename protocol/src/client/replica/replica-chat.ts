import type { Chat } from "../../schema/chat.ts";
import type { Message } from "../../schema/message.ts";
import type { ChatView } from "../view.ts";
import type { CachedChat, ChatFields } from "./cached-chat.ts";
import { ChatFacts } from "./chat-facts.ts";
import { ChatLog } from "./chat-log.ts";
import { OwnState } from "./own-state.ts";

/** One chat in memory: its state and how far its log is known, but not the log itself. */
export class ReplicaChat {
  readonly log: ChatLog;
  readonly facts: ChatFacts;
  readonly own: OwnState;
  readSeq = 0;
  /** The server may not know of `readSeq` yet. */
  readUnsent = false;
  unread = 0;
  mentions = 0;
  /** The two are from before something changed: only a look at the entries tells. */
  uncounted = false;
  last: Message | null = null;
  /** `last` was hidden: only a look at the entries before tells what is shown instead. */
  lastHidden = false;
  /** The app may show entries from here on. */
  shownFrom = Number.POSITIVE_INFINITY;
  /** Entries here or in the cache of which a newer version is to be fetched. */
  readonly stale: Map<number, number>;
  /** Entries here or in the cache that vanish, and when. */
  readonly expiring: Map<number, number>;

  private constructor(log: ChatLog, facts: ChatFacts, { own, stale = [], expiring = [] }: Partial<CachedChat>) {
    this.log = log;
    this.facts = facts;
    this.own = new OwnState(own);
    this.stale = new Map(stale);
    this.expiring = new Map(expiring);
  }

  /** Nothing is known of its log. */
  static fresh(chat: Chat): ReplicaChat {
    return new ReplicaChat(new ChatLog(0, false), new ChatFacts(chat, [], 0), {});
  }

  static cached(row: CachedChat): ReplicaChat {
    const { chat, pins = [], to } = row;
    const entry = new ReplicaChat(new ChatLog(to, to > 0), new ChatFacts(chat, pins, to), row);
    entry.readSeq = row.readSeq;
    entry.readUnsent = row.readUnsent;
    entry.unread = row.unread;
    entry.mentions = row.mentions ?? 0;
    entry.uncounted = row.uncounted ?? false;
    entry.last = row.last;
    entry.lastHidden = row.lastHidden ?? false;
    return entry;
  }

  /** Nothing up to here is unread: what was said before one came, one has not missed. */
  get seenTo(): number {
    return Math.max(this.readSeq, this.chat.joinedSeq);
  }

  get chat(): Chat {
    return this.facts.chat;
  }

  /** What the cache keeps besides the entries. */
  get fields(): ChatFields {
    const { chat, readSeq, readUnsent, unread, mentions, uncounted, last, lastHidden, own, facts } = this;
    return {
      chat,
      readSeq,
      readUnsent,
      unread,
      mentions,
      uncounted,
      last,
      lastHidden,
      pins: facts.pins,
      own: own.fields,
      stale: [...this.stale],
      expiring: [...this.expiring],
    };
  }

  get view(): ChatView {
    const { chat, log, seenTo, unread, mentions, last, facts, own } = this;
    const { prefs, draft, stars } = own;
    return { chat, head: log.applied, readSeq: seenTo, unread, mentions, last, pins: facts.pins, prefs, draft, stars };
  }
}
