import type { CloseReason } from "../errors.ts";
import type { Clock } from "../platform.ts";
import { concat, u8, utf8 } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import { HANDSHAKE_TIMEOUT_MS } from "./client-channel.ts";
import type { ClientChannelEvent, ClientChannelOut, ClientSide } from "./client-side.ts";
import { encodeNotice } from "./close-notify.ts";
import { encodeInner } from "./inner.ts";
import { type Message, MessageReader, PING_BYTES } from "./messages.ts";
import { decodeReady, encodeReady, type ReadySettings } from "./ready.ts";
import { writeFragments, writeLines } from "./scratch.ts";
import type { ServerChannelEvent, ServerChannelOut, ServerSide } from "./server-side.ts";
import { StrangerBudget } from "./stranger-budget.ts";
import { FRAME, INNER, INNER_MAX_BYTES } from "./wire.ts";

/** `imsc-clear.v1` (SPEC M8..): the same messages without protection of their own, under TLS or on one machine. */

/** There is nothing to bind to. SCRAM over it is allowed under TLS only. */
const NO_BINDING = new Uint8Array(32);
const HEADER = u8(FRAME.clear);
/** Its payload need not be unforgeable here: nothing is. */
const PING = encodeInner(INNER.ping, new Uint8Array(PING_BYTES));

type Event = Extract<ClientChannelEvent, { type: "text" | "binary" | "closing" | "closed" | "failed" }>;

/** What both sides do alike. */
class ClearLink {
  readonly #reader: MessageReader;
  readonly #send: (frame: Uint8Array) => void;
  readonly #event: (event: Event) => void;
  closed = false;

  constructor(maxMessage: number, out: { send(frame: Uint8Array): void; event(event: Event): void }) {
    this.#reader = new MessageReader(maxMessage);
    this.#send = (frame) => out.send(frame);
    this.#event = (event) => out.event(event);
  }

  /** Opens one frame that `admit` lets in, and lets `handle` have what is not for the link itself. */
  receive(frame: Uint8Array, handle: (message: Message) => void, admit: () => void = () => {}): void {
    if (this.closed) return;
    try {
      const message = this.#read(frame);
      admit();
      if (message.type === "ping") this.write(encodeInner(INNER.pong, message.body));
      else if (message.type === "closing") {
        this.closed = true;
        this.#event(message);
      } else handle(message);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      this.fail(error);
    }
  }

  fail(error: ChannelError): void {
    if (this.closed) return;
    this.#end(error.reason, "");
    this.#event({ type: "failed", reason: error.reason, detail: error.message });
  }

  readonly write = (inner: Uint8Array): void => {
    if (!this.closed) this.#send(concat(HEADER, inner));
  };

  ping(): void {
    this.write(PING);
  }

  close(reason: CloseReason, detail: string): void {
    if (this.closed) return;
    this.#end(reason, detail);
    this.#event({ type: "closed", reason, detail });
  }

  /** Text and binary go up; the rest has no place in clear mode. */
  deliver(message: Message): void {
    if (message.type === "text" || message.type === "binary") this.#event(message);
    else if (message.type !== "nothing") throw new ChannelError("protocol_violation", `${message.type} in clear mode`);
  }

  #read(frame: Uint8Array): Message {
    if (frame[0] !== FRAME.clear) throw new ChannelError("protocol_violation", "not a CLEAR frame");
    if (frame.length > HEADER.length + INNER_MAX_BYTES) throw new ChannelError("too_big", "frame is too long");
    return this.#reader.read(frame.subarray(HEADER.length));
  }

  #end(reason: CloseReason, detail: string): void {
    this.write(encodeInner(INNER.closeNotify, encodeNotice(reason, detail)));
    this.closed = true;
  }
}

export interface ClearClientOptions {
  readonly clock: Clock;
  /** Bytes of one reassembled message that this client accepts. */
  readonly maxMessage: number;
}

export class ClearClientChannel implements ClientSide {
  readonly #options: ClearClientOptions;
  readonly #out: ClientChannelOut;
  readonly #link: ClearLink;
  #cancelTimer: (() => void) | null = null;
  #ready = false;

  constructor(options: ClearClientOptions, out: ClientChannelOut) {
    this.#options = options;
    this.#out = out;
    this.#link = new ClearLink(options.maxMessage, out);
  }

  /** The server speaks first. */
  start(): void {
    this.#cancelTimer = this.#options.clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      this.#link.fail(new ChannelError("handshake_timeout", "the server did not answer"));
    });
  }

  receive(frame: Uint8Array): void {
    this.#link.receive(frame, (message) => {
      this.#out.event({ type: "alive" });
      if (this.#ready) this.#link.deliver(message);
      else this.#becomeReady(message);
    });
  }

  sendText(text: string, padTo = 0): boolean {
    return this.#write(INNER.appText, utf8(text), padTo);
  }

  sendBinary(bytes: Uint8Array): boolean {
    return this.#write(INNER.appBinary, bytes, 0);
  }

  ping(): void {
    if (this.#ready) this.#link.ping();
  }

  close(reason: CloseReason, detail = ""): void {
    this.#cancelTimer?.();
    this.#link.close(reason, detail);
  }

  dispose(): void {
    this.#cancelTimer?.();
    this.#link.closed = true;
  }

  #becomeReady(message: Message): void {
    if (message.type !== "ready") throw new ChannelError("protocol_violation", "frame before READY");
    const ready = decodeReady(message.body);
    this.#ready = true;
    this.#cancelTimer?.();
    this.#out.event({ type: "open", binding: NO_BINDING, ready, identity: null });
  }

  #write(type: number, body: Uint8Array, padTo: number): boolean {
    if (!this.#ready || this.#link.closed) return false;
    writeFragments(type, body, padTo, this.#link.write);
    return true;
  }
}

export interface ClearServerSettings {
  readonly clock: Clock;
  readonly maxMessage: number;
  readonly ready: ReadySettings;
}

export class ClearServerChannel implements ServerSide {
  readonly #settings: ClearServerSettings;
  readonly #out: Pick<ServerChannelOut, "send" | "event">;
  readonly #link: ClearLink;
  #stranger: StrangerBudget | null = new StrangerBudget();

  constructor(settings: ClearServerSettings, out: Pick<ServerChannelOut, "send" | "event">) {
    this.#settings = settings;
    this.#out = out;
    this.#link = new ClearLink(settings.maxMessage, out);
  }

  start(): void {
    const { ready, maxMessage, clock } = this.#settings;
    const open: ServerChannelEvent = {
      type: "open",
      binding: NO_BINDING,
      claims: null,
      transport: "tls",
      clientInfo: null,
    };
    this.#link.write(
      encodeInner(INNER.ready, encodeReady({ ...ready, maxMessage, serverTimeMs: clock.now(), resumed: false })),
    );
    this.#out.event(open);
  }

  receive(frame: Uint8Array): void {
    this.#link.receive(
      frame,
      (message) => this.#link.deliver(message),
      () => this.#stranger?.spend(frame.length),
    );
  }

  sendLines(lines: readonly Uint8Array[], padTo = 0): void {
    writeLines(lines, padTo, this.#link.write);
  }

  sendBinary(bytes: Uint8Array): void {
    writeFragments(INNER.appBinary, bytes, 0, this.#link.write);
  }

  /** Tickets belong to keys, and there are none. */
  sendTicket(): void {}

  signedIn(): void {
    this.#stranger = null;
  }

  ping(): void {
    this.#link.ping();
  }

  close(reason: CloseReason, detail = ""): void {
    this.#link.close(reason, detail);
  }

  dispose(): void {
    this.#link.closed = true;
  }
}
