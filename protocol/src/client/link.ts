import { type CloseReason, closeCode } from "../errors.ts";
import { decodeFrame, type Frame } from "../frame.ts";
import { MAX_MESSAGE_BYTES } from "../limits.ts";
import {
  acceptsSelection,
  ClearClientChannel,
  ClientChannel,
  type ClientChannelEvent,
  type ClientSide,
  HEARTBEAT_SECONDS,
  IDLE_TIMEOUT_SECONDS,
  type StoredTicket,
  SUBPROTOCOL_SEALED,
} from "../secure/index.ts";
import type { Dial } from "./dialer.ts";
import { type LinkEnd, linkEnd } from "./link-end.ts";
import type { ClientOptions } from "./options.ts";
import type { ClientSocket } from "./socket.ts";

/** A socket that neither opens nor finishes its handshake in this time is given up; slow mobile networks need seconds. */
const OPEN_TIMEOUT_MS = 20_000;
/** How long a heartbeat of the server may be on its way before it is missed. */
const HEARTBEAT_LATE_MS = 2_000;
/** A live network answers a PING in this time when nothing else is on its way. */
const HEARTBEAT_PROBE_MS = 5_000;
/** How long our goodbye may take to be sealed and written before the socket is closed anyway. */
const GOODBYE_MS = 1_000;

export type LinkPlatform = Pick<ClientOptions, "url" | "openSocket" | "crypto" | "clock" | "random" | "client">;
export type LinkOpen = Omit<Extract<ClientChannelEvent, { type: "open" }>, "type">;

export interface LinkOut {
  /** The upgrade is done, the handshake begins. */
  securing(): void;
  opened(open: LinkOpen): void;
  frame(frame: Frame): void;
  ticket(ticket: StoredTicket): void;
  /** Once, and nothing after it. */
  ended(end: LinkEnd): void;
}

/** One socket with its channel, from dialling to its end. A new connection is a new link. */
export class Link {
  readonly #platform: LinkPlatform;
  readonly #dial: Dial;
  readonly #out: LinkOut;
  readonly #socket: ClientSocket;
  #channel: ClientSide | null = null;
  #ended = false;
  #wasOpen = false;
  /** Silence after which the peer is asked, and that after which it is dead whatever was asked: a device may have slept. */
  #quietMs = 0;
  #silenceMs = 0;
  #probing = false;
  #lastHeard: number;
  #cancelTimer: () => void;

  constructor(platform: LinkPlatform, dial: Dial, out: LinkOut) {
    this.#platform = platform;
    this.#dial = dial;
    this.#out = out;
    this.#lastHeard = platform.clock.monotonic();
    this.#cancelTimer = platform.clock.after(OPEN_TIMEOUT_MS, () => this.#fail("handshake_timeout"));
    this.#socket = platform.openSocket(platform.url, dial.subprotocols, {
      opened: (protocol) => this.#socketOpened(protocol),
      received: (bytes) => this.#received(bytes),
      closed: (code, reason) => this.#socketClosed(code, reason),
    });
  }

  /** False when it could not be queued: the link is not open, or its queue is full. */
  send(text: string, padTo?: number): boolean {
    return !this.#ended && (this.#channel?.sendText(text, padTo) ?? false);
  }

  /** Takes the peer for dead unless it is heard in time: for when the network may have changed under us. */
  probe(timeoutMs: number): void {
    if (this.#ended || !this.#wasOpen || this.#probing) return;
    const { clock } = this.#platform;
    const asked = clock.monotonic();
    this.#probing = true;
    this.#channel?.ping();
    // What keeps the PING from being sent ends the link.
    if (this.#ended) return;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(timeoutMs, () => {
      this.#probing = false;
      if (this.#lastHeard < asked) this.#fail("idle");
      else this.#watchSilence();
    });
  }

  /** Says goodbye inside the channel, then closes. */
  close(): void {
    if (this.#ended) return;
    const code = closeCode("normal");
    this.#finish({ by: "us", code });
    if (!this.#wasOpen) return this.#hangUp(code);
    this.#cancelTimer = this.#platform.clock.after(GOODBYE_MS, () => this.#hangUp(code));
    this.#channel?.close("normal");
  }

  // --- the socket

  #socketOpened(selected: string): void {
    if (this.#ended) return;
    if (!acceptsSelection(this.#dial.subprotocols, selected)) {
      return this.#fail("protocol_violation", { badSelection: true });
    }
    this.#out.securing();
    if (this.#ended) return;
    const { url, clock, client } = this.#platform;
    const maxMessage = MAX_MESSAGE_BYTES;
    const transport = url.startsWith("wss:") ? "tls" : "plain";
    const clientInfo = client?.version ?? "";
    const out = {
      send: (frame: Uint8Array) => this.#socket.send(frame),
      event: (event: ClientChannelEvent) => this.#heard(event),
    };
    this.#channel =
      selected === SUBPROTOCOL_SEALED
        ? new ClientChannel({ ...this.#platform, ...this.#dial, transport, maxMessage, clientInfo }, out)
        : new ClearClientChannel({ clock, maxMessage }, out);
    this.#channel.start();
  }

  #received(bytes: Uint8Array | null): void {
    if (this.#ended) return;
    if (bytes === null || this.#channel === null) return this.#fail("bad_frame");
    this.#channel.receive(bytes);
  }

  #socketClosed(code: number, reason: string): void {
    this.#channel?.dispose();
    if (this.#ended) this.#cancelTimer();
    else this.#finish({ by: "lost", code }, reason);
  }

  // --- the channel

  #heard(event: ClientChannelEvent): void {
    if (event.type === "closed") {
      this.#cancelTimer();
      return this.#hangUp(closeCode(event.reason));
    }
    if (this.#ended) return;
    switch (event.type) {
      case "open":
        this.#wasOpen = true;
        this.#expect(event.ready);
        this.#lastHeard = this.#platform.clock.monotonic();
        this.#watchSilence();
        return this.#out.opened(event);
      case "text":
        return this.#lines(event.text);
      case "ticket":
        return this.#out.ticket(event.ticket);
      case "alive":
        this.#lastHeard = this.#platform.clock.monotonic();
        return;
      case "closing":
        return this.#told(event);
      case "failed":
        return this.#fail(event.reason, { presented: event.presented ?? null });
      case "binary":
        return;
      default:
        return event satisfies never;
    }
  }

  #lines(text: string): void {
    for (const line of text.split("\n")) {
      if (line === "") continue;
      if (this.#ended) return;
      let frame: Frame;
      try {
        frame = decodeFrame(line);
      } catch {
        return this.#fail("bad_frame");
      }
      this.#out.frame(frame);
    }
  }

  /** Zero means nothing that could be waited for. */
  #expect({ heartbeatSeconds, idleTimeoutSeconds }: LinkOpen["ready"]): void {
    this.#silenceMs = (idleTimeoutSeconds || IDLE_TIMEOUT_SECONDS) * 1000;
    const heartbeatMs = (heartbeatSeconds || HEARTBEAT_SECONDS) * 1000;
    this.#quietMs = Math.min(heartbeatMs + HEARTBEAT_LATE_MS, this.#silenceMs);
  }

  /** One timer that looks at the time of the last frame: cheaper than one that every frame sets anew. */
  #watchSilence(): void {
    this.#cancelTimer();
    const { clock } = this.#platform;
    const silent = clock.monotonic() - this.#lastHeard;
    if (silent >= this.#silenceMs) return this.#fail("idle");
    // A line may die without a word; who only listens learns of it by what does not come.
    if (silent >= this.#quietMs) return this.probe(HEARTBEAT_PROBE_MS);
    this.#cancelTimer = clock.after(this.#quietMs - silent, () => this.#watchSilence());
  }

  // --- the end

  /** Everything that it answered came before. From here on nothing can be sent: the socket is the server's to close. */
  #told({ code, reason }: { readonly code: number; readonly reason: string }): void {
    this.#finish({ by: "told", code }, reason);
    this.#cancelTimer = this.#platform.clock.after(GOODBYE_MS, () => this.#hangUp(code));
  }

  #fail(reason: CloseReason, more: Partial<LinkEnd> = {}): void {
    if (this.#ended) return;
    const code = closeCode(reason);
    // What we found stays with us, but for the code: words would only help who attacks.
    this.#hangUp(code);
    this.#finish({ by: "found", code, ...more });
  }

  #hangUp(code: number): void {
    this.#socket.close(code, "");
    this.#channel?.dispose();
  }

  #finish(end: Pick<LinkEnd, "by" | "code"> & Partial<LinkEnd>, text = ""): void {
    this.#ended = true;
    this.#cancelTimer();
    this.#dial.share.erase();
    this.#out.ended(linkEnd({ wasOpen: this.#wasOpen, ...end }, text));
  }
}
