import type { CloseReason } from "../errors.ts";
import type { Clock } from "../platform.ts";
import { equalBytes, u8 } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import { encodeAlertFrame, encodeNotice } from "./close-notify.ts";
import { fingerprint } from "./identity.ts";
import { encodeInner } from "./inner.ts";
import { ticketPsk } from "./key-schedule.ts";
import { decodeKeyUpdate, UpdateBudget } from "./key-update.ts";
import { type Message, MessageReader, PING_BYTES } from "./messages.ts";
import { encodeReady, type ReadySettings } from "./ready.ts";
import { writeFragments, writeLines } from "./scratch.ts";
import { answerHello, type ReceivedHello, receiveHello, type ServerHandshakeSettings } from "./server-handshake.ts";
import type { ServerChannelEvent, ServerChannelOut, ServerSide } from "./server-side.ts";
import { StrangerBudget } from "./stranger-budget.ts";
import { sealTicket, TICKET_LIFETIME_MS, TICKET_NONCE_BYTES, type TicketClaims } from "./ticket.ts";
import { encodeTicketMessage } from "./ticket-message.ts";
import { IV_BYTES, REKEY, type RekeyPolicy, Traffic } from "./traffic.ts";
import { FRAME, INNER, RECORD_HEADER_BYTES, RECORD_MAX_BYTES } from "./wire.ts";

/** Shared by all connections of a node. */
export interface ServerChannelSettings extends ServerHandshakeSettings {
  readonly clock: Clock;
  /** Bytes of one reassembled message that is accepted. */
  readonly maxMessage: number;
  /** Told to the client in READY; server time, maximum and sign-in state are filled in by the channel. */
  readonly ready: ReadySettings;
  readonly rekey?: RekeyPolicy;
}

/** From the socket to CLIENT_HELLO. */
const HELLO_TIMEOUT_MS = 5_000;
/** From SERVER_HELLO to FINISHED: a slow device has a key to open first. */
const FINISHED_TIMEOUT_MS = 10_000;

type Phase = "hello" | "ticket" | "finished" | "open" | "closed";

/** What is needed once, when FINISHED comes. */
interface Awaited {
  readonly mac: Uint8Array;
  readonly open: Extract<ServerChannelEvent, { type: "open" }>;
}

/** Shared by all channels: they are synchronous, and nobody keeps these beyond a call. */
const nonce = new Uint8Array(IV_BYTES);
const header = Uint8Array.of(FRAME.record, 0);

/** Server side of `imsc.v1` (SPEC section H): frames in, frames and events out. */
export class ServerChannel implements ServerSide {
  readonly #settings: ServerChannelSettings;
  readonly #out: ServerChannelOut;
  readonly #reader: MessageReader;
  #phase: Phase = "hello";
  #awaited: Awaited | null = null;
  #inbound: Traffic | null = null;
  #outbound: Traffic | null = null;
  #resumption: Uint8Array | null = null;
  #updates: UpdateBudget | null = null;
  /** Gone once somebody is signed in. */
  #stranger: StrangerBudget | null = new StrangerBudget();
  #cancelTimer: (() => void) | null = null;

  constructor(settings: ServerChannelSettings, out: ServerChannelOut) {
    this.#settings = settings;
    this.#out = out;
    this.#reader = new MessageReader(settings.maxMessage);
  }

  start(): void {
    this.#expectWithin(HELLO_TIMEOUT_MS);
  }

  receive(frame: Uint8Array): void {
    if (this.#phase === "closed") return;
    try {
      this.#stranger?.spend(frame.length);
      if (this.#phase === "hello") this.#receiveHello(frame);
      else if (this.#phase === "ticket") throw new ChannelError("protocol_violation", "frame before SERVER_HELLO");
      else this.#receiveRecord(frame);
    } catch (error) {
      this.#failOr(error);
    }
  }

  sendLines(lines: readonly Uint8Array[], padTo = 0): void {
    if (this.#phase === "open") this.#guard(() => writeLines(lines, padTo, this.#seal));
  }

  sendBinary(bytes: Uint8Array): void {
    if (this.#phase === "open") this.#guard(() => writeFragments(INNER.appBinary, bytes, 0, this.#seal));
  }

  sendTicket(claims: TicketClaims, options: { readonly pskOnly?: boolean } = {}): void {
    const resumption = this.#resumption;
    if (this.#phase !== "open" || !resumption) return;
    const { crypto, random, clock, identity, ticketKeys } = this.#settings;
    const pskOnly = options.pskOnly ?? false;
    const lifetimeMs = pskOnly ? TICKET_LIFETIME_MS.pskOnly : TICKET_LIFETIME_MS.pskKem;
    const ticketNonce = random.bytes(TICKET_NONCE_BYTES);
    const ticket = sealTicket(crypto, ticketKeys.current(pskOnly), random.bytes(IV_BYTES), {
      psk: ticketPsk(crypto, resumption, ticketNonce),
      expiresAt: clock.now() + lifetimeMs,
      fingerprint: fingerprint(crypto, identity.publicKey),
      pskOnly,
      claims,
    });
    const lifetimeSeconds = lifetimeMs / 1000;
    const body = encodeTicketMessage({ lifetimeSeconds, pskOnly, sessionBound: true, nonce: ticketNonce, ticket });
    this.#guard(() => this.#seal(encodeInner(INNER.ticket, body)));
  }

  signedIn(): void {
    this.#stranger = null;
  }

  ping(): void {
    if (this.#phase !== "open") return;
    this.#guard(() => this.#seal(encodeInner(INNER.ping, this.#settings.random.bytes(PING_BYTES))));
  }

  close(reason: CloseReason, detail = ""): void {
    if (this.#phase === "closed") return;
    this.#sayGoodbye(reason, detail);
    this.#out.event({ type: "closed", reason, detail });
  }

  dispose(): void {
    this.#end();
  }

  #receiveHello(frame: Uint8Array): void {
    if (frame[0] !== FRAME.clientHello) throw new ChannelError("protocol_violation", "not a CLIENT_HELLO");
    const received = receiveHello(this.#settings, frame, this.#settings.clock.now());
    const { resumption } = received;
    if (!resumption) {
      this.#answer(received, null);
      return;
    }
    this.#phase = "ticket";
    this.#out
      .checkTicket(resumption.claims)
      .catch(() => false)
      .then((good) => this.#ticketChecked(received, good))
      // Nobody waits for this promise: what breaks here must end this connection, not the process.
      .catch((error: unknown) => this.#fail(new ChannelError("protocol_violation", `unexpected: ${String(error)}`)));
  }

  #ticketChecked(received: ReceivedHello, good: boolean): void {
    if (this.#phase === "ticket") this.#guard(() => this.#answer(received, good ? received.resumption : null));
  }

  #answer(received: ReceivedHello, resumption: ReceivedHello["resumption"]): void {
    if (!resumption) this.#admitFull();
    const { crypto, clock } = this.#settings;
    const { frame, secrets } = answerHello(this.#settings, received, resumption);
    const now = clock.monotonic();
    this.#inbound = new Traffic(crypto, secrets.clientTraffic, now);
    this.#outbound = new Traffic(crypto, secrets.serverTraffic, now);
    this.#resumption = secrets.resumption;
    const { transport, clientInfo } = received.hello;
    const claims = resumption?.claims ?? null;
    this.#awaited = {
      mac: secrets.clientMac,
      open: { type: "open", binding: secrets.binding, claims, transport, clientInfo },
    };
    this.#phase = "finished";
    this.#expectWithin(FINISHED_TIMEOUT_MS);
    this.#out.send(frame);
    // Reveals and promises nothing, so it need not wait for FINISHED and saves a round trip.
    this.#seal(encodeInner(INNER.ready, this.#encodeReady(claims !== null)));
  }

  #admitFull(): void {
    const retryAfterMs = this.#out.admitFull();
    if (retryAfterMs > 0) throw new RateLimited(retryAfterMs);
  }

  #encodeReady(resumed: boolean): Uint8Array {
    const { ready, maxMessage, clock } = this.#settings;
    return encodeReady({ ...ready, maxMessage, serverTimeMs: clock.now(), resumed });
  }

  #receiveRecord(frame: Uint8Array): void {
    const message = this.#reader.read(this.#open(frame));
    if (this.#phase === "finished") this.#finish(message);
    else this.#handle(message);
  }

  #open(frame: Uint8Array): Uint8Array {
    if (frame[0] !== FRAME.record) throw new ChannelError("protocol_violation", "not a RECORD");
    if (frame.length > RECORD_MAX_BYTES) throw new ChannelError("too_big", "record is too long");
    const traffic = this.#inbound as Traffic;
    if (frame[1] !== traffic.epoch) throw new ChannelError("decrypt_failed", "record of another epoch");
    traffic.next(frame.length, nonce);
    const inner = this.#settings.crypto.open(traffic.key, nonce, RECORD_HEADER_BYTES, frame);
    if (!inner) throw new ChannelError("decrypt_failed", "tag does not match");
    return inner;
  }

  #finish(message: Message): void {
    const { mac, open } = this.#awaited as Awaited;
    if (message.type !== "finished") throw new ChannelError("protocol_violation", "record before FINISHED");
    if (!equalBytes(message.body, mac)) throw new ChannelError("bad_finished", "FINISHED is wrong");
    this.#awaited = null;
    this.#phase = "open";
    this.#stopTimer();
    if (open.claims) this.signedIn();
    this.#out.event(open);
  }

  #handle(message: Message): void {
    switch (message.type) {
      case "text":
      case "binary":
        this.#out.event(message);
        return;
      case "nothing":
        return;
      case "ping":
        this.#seal(encodeInner(INNER.pong, message.body));
        return;
      case "keyUpdate":
        this.#followUpdate(message.body);
        return;
      case "closing":
        this.#end();
        this.#out.event(message);
        return;
      case "finished":
      case "ready":
      case "ticket":
        throw new ChannelError("protocol_violation", `${message.type} from a client`);
    }
  }

  #followUpdate(body: Uint8Array): void {
    const wanted = decodeKeyUpdate(body);
    const now = this.#settings.clock.monotonic();
    this.#updates ??= new UpdateBudget();
    this.#updates.spend(now);
    this.#inbound?.ratchet(now);
    if (wanted) this.#updateKey();
  }

  /** One record out. A field, so that handing it to the writers makes no closure per call. */
  readonly #seal = (inner: Uint8Array): void => {
    const traffic = this.#outbound as Traffic;
    if (traffic.due(this.#settings.rekey ?? REKEY, this.#settings.clock.monotonic())) this.#updateKey();
    this.#sealWith(traffic, inner);
  };

  #updateKey(): void {
    const traffic = this.#outbound as Traffic;
    this.#sealWith(traffic, encodeInner(INNER.keyUpdate, u8(0)));
    traffic.ratchet(this.#settings.clock.monotonic());
  }

  #sealWith(traffic: Traffic, inner: Uint8Array): void {
    traffic.next(inner.length, nonce);
    header[1] = traffic.epoch;
    this.#out.send(this.#settings.crypto.seal(traffic.key, nonce, header, inner));
  }

  #expectWithin(ms: number): void {
    this.#stopTimer();
    this.#cancelTimer = this.#settings.clock.after(ms, () => {
      this.#cancelTimer = null;
      this.#fail(new ChannelError("handshake_timeout", `nothing came in ${ms} ms`));
    });
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #guard(job: () => void): void {
    try {
      job();
    } catch (error) {
      this.#failOr(error);
    }
  }

  #failOr(error: unknown): void {
    if (!(error instanceof ChannelError)) throw error;
    this.#fail(error);
  }

  #fail(error: ChannelError): void {
    if (this.#phase === "closed") return;
    this.#sayGoodbye(error.reason, "");
    const retryAfterMs = error instanceof RateLimited ? { retryAfterMs: error.retryAfterMs } : {};
    this.#out.event({ type: "failed", reason: error.reason, detail: error.message, ...retryAfterMs });
  }

  /** Tells the peer, under the key where there is one, that nothing follows. */
  #sayGoodbye(reason: CloseReason, detail: string): void {
    const outbound = this.#outbound;
    this.#end();
    if (!outbound) this.#out.send(encodeAlertFrame(reason));
    else {
      try {
        this.#sealWith(outbound, encodeInner(INNER.closeNotify, encodeNotice(reason, detail)));
      } catch (error) {
        // The key is used up: the peer learns it from the close code alone.
        if (!(error instanceof ChannelError)) throw error;
      }
    }
  }

  #end(): void {
    this.#phase = "closed";
    this.#stopTimer();
    this.#awaited = null;
    this.#inbound = null;
    this.#outbound = null;
    this.#resumption = null;
  }
}

class RateLimited extends ChannelError {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super("rate_limited", "full handshakes");
    this.retryAfterMs = retryAfterMs;
  }
}
