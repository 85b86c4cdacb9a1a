import { CLOSE_REASONS, type CloseReason } from "../errors.ts";
import type { Clock } from "../platform.ts";
import { utf8 } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import {
  acceptServerHello,
  type ClientHandshakeOptions,
  PinMismatch,
  type SentHello,
  sayHello,
} from "./client-handshake.ts";
import type { ClientChannelEvent, ClientChannelOut, ClientSide } from "./client-side.ts";
import { decodeAlertFrame, encodeNotice } from "./close-notify.ts";
import type { Awaitable } from "./crypto.ts";
import { encodeInner } from "./inner.ts";
import { decodeKeyUpdate, UpdateBudget } from "./key-update.ts";
import { Lane } from "./lane.ts";
import { type Message, MessageReader, PING_BYTES } from "./messages.ts";
import type { PresentedIdentity } from "./pin.ts";
import { decodeReady } from "./ready.ts";
import { Sealer } from "./sealer.ts";
import { storeTicket } from "./stored-ticket.ts";
import { decodeTicketMessage } from "./ticket-message.ts";
import { IV_BYTES, type RekeyPolicy, Traffic } from "./traffic.ts";
import { FRAME, INNER, RECORD_HEADER_BYTES, RECORD_MAX_BYTES } from "./wire.ts";

export interface ClientChannelOptions extends ClientHandshakeOptions {
  readonly clock: Clock;
  /** Bytes of one reassembled message that this client accepts. */
  readonly maxMessage: number;
  readonly rekey?: RekeyPolicy;
}

/** From CLIENT_HELLO to READY: a slow phone on a bad line, with the decryption of RSA in it. */
export const HANDSHAKE_TIMEOUT_MS = 20_000;
/** What the server may have in flight (4 MiB) and a page of history that waits to be decrypted, with room. */
const INBOUND_MAX_BYTES = 16 * 1024 * 1024;
const ALIVE: ClientChannelEvent = { type: "alive" };

interface Sealed {
  readonly inbound: Traffic;
  readonly sealer: Sealer;
  readonly binding: Uint8Array;
  readonly resumption: Uint8Array;
  readonly identity: PresentedIdentity;
}

type State =
  | { readonly phase: "idle" }
  | { readonly phase: "hello"; readonly sent: SentHello }
  | ({ readonly phase: "ready" | "open" } & Sealed)
  | { readonly phase: "closed" };

const CLOSED: State = { phase: "closed" };
const SILENT: ClientChannelOut = { send() {}, event() {} };

/** Client side of `imsc.v1` (SPEC section H): frames in, frames and events out, in order whatever the crypto takes. */
export class ClientChannel implements ClientSide {
  readonly #options: ClientChannelOptions;
  #out: ClientChannelOut;
  readonly #reader: MessageReader;
  readonly #updates = new UpdateBudget();
  readonly #incoming = new Lane(INBOUND_MAX_BYTES, (error) => this.#fail(error));
  #state: State = { phase: "idle" };
  #cancelTimer: (() => void) | null = null;

  constructor(options: ClientChannelOptions, out: ClientChannelOut) {
    this.#options = options;
    this.#out = out;
    this.#reader = new MessageReader(options.maxMessage);
  }

  start(): void {
    const { clock, transport, pin } = this.#options;
    if (transport === "plain" && pin?.tlsSeen) {
      this.#fail(new ChannelError("tls_required", "this server was reached over TLS before"));
      return;
    }
    const sent = sayHello(this.#options, clock.now());
    if (!sent) {
      this.#fail(new ChannelError("psk_rejected", "neither a key share nor a ticket that works alone"));
      return;
    }
    this.#state = { phase: "hello", sent };
    this.#cancelTimer = clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      this.#fail(new ChannelError("handshake_timeout", "the server did not answer"));
    });
    this.#out.send(sent.frame);
  }

  receive(frame: Uint8Array): void {
    if (this.#state.phase === "closed") return;
    const taken = this.#incoming.push(frame.length, () => this.#receive(frame));
    if (!taken) this.#fail(new ChannelError("too_big", "more than the client can decrypt in time"));
  }

  sendText(text: string, padTo = 0): boolean {
    return this.#state.phase === "open" && this.#state.sealer.message(INNER.appText, utf8(text), padTo);
  }

  sendBinary(bytes: Uint8Array): boolean {
    return this.#state.phase === "open" && this.#state.sealer.message(INNER.appBinary, bytes, 0);
  }

  ping(): void {
    if (this.#state.phase === "open") this.#state.sealer.control(INNER.ping, this.#options.random.bytes(PING_BYTES));
  }

  close(reason: CloseReason, detail = ""): void {
    if (this.#state.phase === "closed") return;
    this.#end(reason, detail, () => this.#out.event({ type: "closed", reason, detail }));
  }

  dispose(): void {
    this.#out = SILENT;
    this.#forget();
  }

  #receive(frame: Uint8Array): Awaitable<void> {
    switch (this.#state.phase) {
      case "idle":
        throw new ChannelError("protocol_violation", "frame before CLIENT_HELLO");
      case "hello":
        return this.#receiveHello(frame, this.#state.sent);
      case "ready":
      case "open":
        return this.#receiveRecord(frame, this.#state);
      case "closed":
        return;
    }
  }

  async #receiveHello(frame: Uint8Array, sent: SentHello): Promise<void> {
    if (frame[0] === FRAME.alert) throw refusal(frame);
    if (frame[0] !== FRAME.serverHello) throw new ChannelError("protocol_violation", "not a SERVER_HELLO");
    const { crypto, clock, share } = this.#options;
    let session: Awaited<ReturnType<typeof acceptServerHello>>;
    try {
      session = await acceptServerHello(this.#options, sent, frame);
    } finally {
      // Whatever came of it: from here on nobody can decrypt what was sealed to this key.
      share?.erase();
    }
    if (this.#state.phase !== "hello") return;
    const { secrets, identity } = session;
    const now = clock.monotonic();
    const sealer = new Sealer(this.#options, new Traffic(crypto, secrets.clientTraffic, now), {
      send: (sealed) => this.#out.send(sealed),
      failed: (error) => this.#fail(error),
    });
    this.#state = {
      phase: "ready",
      inbound: new Traffic(crypto, secrets.serverTraffic, now),
      sealer,
      binding: secrets.binding,
      resumption: secrets.resumption,
      identity,
    };
    sealer.control(INNER.finished, secrets.clientMac);
  }

  #receiveRecord(frame: Uint8Array, state: Sealed): Awaitable<void> {
    if (frame[0] !== FRAME.record) throw new ChannelError("protocol_violation", "not a RECORD");
    if (frame.length > RECORD_MAX_BYTES) throw new ChannelError("too_big", "record is too long");
    const { inbound } = state;
    if (frame[1] !== inbound.epoch) throw new ChannelError("decrypt_failed", "record of another epoch");
    const nonce = inbound.next(frame.length, new Uint8Array(IV_BYTES));
    const inner = this.#options.crypto.open(inbound.key, nonce, RECORD_HEADER_BYTES, frame);
    return inner instanceof Promise ? inner.then((opened) => this.#opened(opened)) : this.#opened(inner);
  }

  #opened(inner: Uint8Array | null): void {
    if (!inner) throw new ChannelError("decrypt_failed", "tag does not match");
    const state = this.#state;
    if (state.phase !== "ready" && state.phase !== "open") return;
    const message = this.#reader.read(inner);
    this.#out.event(ALIVE);
    if (state.phase === "ready") this.#becomeReady(message, state);
    else this.#handle(message, state);
  }

  #becomeReady(message: Message, state: Sealed): void {
    if (message.type === "closing") {
      this.#followClose(message);
      return;
    }
    if (message.type !== "ready") throw new ChannelError("protocol_violation", "record before READY");
    const ready = decodeReady(message.body);
    this.#stopTimer();
    this.#state = { ...state, phase: "open" };
    this.#out.event({ type: "open", binding: state.binding, ready, identity: state.identity });
  }

  #handle(message: Message, state: Sealed): void {
    const { crypto, clock } = this.#options;
    switch (message.type) {
      case "text":
      case "binary":
        this.#out.event(message);
        return;
      case "nothing":
        return;
      case "ping":
        if (!state.sealer.control(INNER.pong, message.body))
          throw new ChannelError("slow_consumer", "PONG cannot be sent");
        return;
      case "ticket": {
        const issuer = { fingerprint: state.identity.fingerprint, now: clock.now() };
        const ticket = storeTicket(crypto, decodeTicketMessage(message.body), state.resumption, issuer);
        this.#out.event({ type: "ticket", ticket });
        return;
      }
      case "keyUpdate":
        this.#followUpdate(message.body, state);
        return;
      case "closing":
        this.#followClose(message);
        return;
      case "finished":
      case "ready":
        throw new ChannelError("protocol_violation", `${message.type} from a server`);
    }
  }

  #followUpdate(body: Uint8Array, state: Sealed): void {
    const wanted = decodeKeyUpdate(body);
    const now = this.#options.clock.monotonic();
    this.#updates.spend(now);
    state.inbound.ratchet(now);
    if (wanted) state.sealer.updateKey();
  }

  #followClose(message: Extract<Message, { type: "closing" }>): void {
    this.#forget();
    this.#out.event(message);
  }

  #fail(error: unknown): void {
    if (this.#state.phase === "closed") return;
    const { reason, message: detail } = error instanceof ChannelError ? error : unexpected(error);
    const presented = error instanceof PinMismatch ? { presented: error.presented } : {};
    this.#end(reason, "", () => this.#out.event({ type: "failed", reason, detail, ...presented }));
  }

  /** Tells the server under the key, where there is one, that nothing follows; then calls `done`. */
  #end(reason: CloseReason, detail: string, done: () => void): void {
    const state = this.#state;
    this.#forget();
    if (state.phase !== "ready" && state.phase !== "open") done();
    else state.sealer.finish(encodeInner(INNER.closeNotify, encodeNotice(reason, detail)), done);
  }

  #forget(): void {
    this.#state = CLOSED;
    this.#incoming.clear();
    this.#stopTimer();
    this.#options.share?.erase();
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}

/** A provider that broke: the connection ends, the page lives on. */
function unexpected(error: unknown): ChannelError {
  return new ChannelError("protocol_violation", `unexpected: ${String(error)}`);
}

/**
 * Unprotected, so anybody on the path may have written it: it ends this attempt and may slow down the next, but never
 * says that there must be none.
 */
function refusal(frame: Uint8Array): ChannelError {
  const { code } = decodeAlertFrame(frame);
  const reason = reasonOf(code);
  const believed = reason && CLOSE_REASONS[reason][1] ? reason : "protocol_violation";
  return new ChannelError(believed, `the server refused with ${code}`);
}

function reasonOf(code: number): CloseReason | undefined {
  return (Object.keys(CLOSE_REASONS) as CloseReason[]).find((reason) => CLOSE_REASONS[reason][0] === code);
}
