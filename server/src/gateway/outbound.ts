import { encodeEvent } from "@parley/protocol";
import type { ServerSide } from "@parley/protocol/secure";
import type { EncodedEvent } from "../live/caller.ts";
import { metrics } from "../metrics.ts";
import type { GatewayLimits } from "./limits.ts";
import type { Flushable, Turn } from "./turn.ts";
import type { Wire } from "./wire.ts";

/** Records are padded to a multiple of this: who reads the wire cannot tell typing from presence by its length. */
const PAD_BYTES = 64;

const NOTHING: readonly Uint8Array[] = [];
const encoder = new TextEncoder();

/**
 * What one connection is owed: lines that wait for the end of this turn, and, while it is too slow, the names of the
 * chats whose events were dropped. Events are bounded; replies are bounded by the requests in flight.
 */
export class Outbound {
  readonly #channel: ServerSide;
  readonly #wire: Pick<Wire, "unsentBytes" | "blocked">;
  readonly #limits: GatewayLimits;
  readonly #turn: Turn;
  readonly #owner: Flushable;
  #lines: Uint8Array[] = NOTHING as Uint8Array[];
  #lineBytes = 0;
  /** Null while the connection keeps up. */
  #behind: Behind | null = null;

  /** `owner` is flushed at the end of each turn in which something was queued, and passes it on. */
  constructor(
    channel: ServerSide,
    wire: Pick<Wire, "unsentBytes" | "blocked">,
    limits: GatewayLimits,
    turn: Turn,
    owner: Flushable,
  ) {
    this.#channel = channel;
    this.#wire = wire;
    this.#limits = limits;
    this.#turn = turn;
    this.#owner = owner;
  }

  get unsentBytes(): number {
    return this.#lineBytes + this.#wire.unsentBytes;
  }

  /** Pages would only pile up: no new request is begun. */
  get congested(): boolean {
    return this.unsentBytes > this.#limits.unsentPushBytes;
  }

  /** Dropped when the connection is behind. */
  event(event: EncodedEvent): void {
    if (this.#behind === null) {
      if (this.unsentBytes + event.line.length <= this.#limits.unsentPushBytes) {
        this.#add(event.line);
        return;
      }
      metrics.connectionsBehind.add();
      this.#behind = new Behind(this.#limits.behindChats);
    }
    this.#behind.note(event.chatId);
  }

  /** Never dropped. */
  reply(line: Uint8Array): void {
    this.#add(line);
  }

  /**
   * The end of a turn: seals what is waiting, into one record while it fits. A blocked socket gets nothing: many small
   * records in its queue would cost several times their bytes, while lines are shared with the other receivers.
   */
  turnEnded(): void {
    if (!this.#wire.blocked) this.flush();
  }

  /** Seals what is waiting, blocked or not. */
  flush(): void {
    if (this.#lineBytes === 0) return;
    const lines = this.#lines;
    this.#lines = NOTHING as Uint8Array[];
    this.#lineBytes = 0;
    this.#channel.sendLines(lines, PAD_BYTES);
  }

  /** The socket took what it was given. Tells a connection that was behind what it missed. */
  drained(): void {
    if (this.#lineBytes > 0) this.#turn.add(this.#owner);
    if (this.#behind === null || this.unsentBytes > this.#limits.unsentResumeBytes) return;
    const params = JSON.stringify({ chatIds: this.#behind.chatIds });
    this.#behind = null;
    this.#add(encoder.encode(encodeEvent("sync.behind", params)));
  }

  /** Nothing more will be sent. */
  discard(): void {
    this.#lines = NOTHING as Uint8Array[];
    this.#lineBytes = 0;
    this.#behind = null;
  }

  #add(line: Uint8Array): void {
    if (this.#lineBytes === 0) {
      this.#lines = [line];
      this.#turn.add(this.#owner);
    } else {
      this.#lines.push(line);
    }
    this.#lineBytes += line.length;
  }
}

/** Chats of which events were dropped, up to a bound, beyond which it is "any". */
class Behind {
  readonly #most: number;
  #chats: Set<string> | null = new Set();

  constructor(most: number) {
    this.#most = most;
  }

  /** An event that belongs to no chat (a notice, say) makes it "any": only a pull can bring it. */
  note(chatId: string | null): void {
    if (this.#chats === null) return;
    if (chatId === null || this.#chats.size >= this.#most) this.#chats = null;
    else this.#chats.add(chatId);
  }

  /** Empty: any. */
  get chatIds(): readonly string[] {
    return this.#chats === null ? [] : [...this.#chats];
  }
}
