import { CLOSE_REASONS, type CloseReason, closeCode } from "../errors.ts";
import { decodeFrame, type Frame } from "../frame.ts";
import { MAX_MESSAGE_BYTES } from "../limits.ts";
import type { Clock, Random } from "../platform.ts";
import {
  acceptsSelection,
  ClearClientChannel,
  ClientChannel,
  type ClientChannelEvent,
  type ClientCrypto,
  type ClientSide,
  type EphemeralShare,
  type Pin,
  type PresentedIdentity,
  type Ready,
  type StoredTicket,
  SUBPROTOCOL_SEALED,
  type Subprotocol,
} from "../secure/index.ts";
import type { ClientSocket, OpenSocket } from "./socket.ts";

/** A socket that neither opens nor finishes its handshake in this time is given up; slow mobile networks need seconds. */
const OPEN_TIMEOUT_MS = 20_000;
/** Silence after which the peer is taken for dead, when the server does not tell: its PING comes every 30 s. */
const SILENCE_DEFAULT_MS = 75_000;
/** How long our goodbye may take to be sealed and written before the socket is closed anyway. */
const GOODBYE_MS = 1_000;

export interface LinkOptions {
  readonly url: string;
  readonly openSocket: OpenSocket;
  readonly crypto: ClientCrypto;
  readonly clock: Clock;
  readonly random: Random;
  readonly subprotocols: readonly Subprotocol[];
  readonly share: EphemeralShare;
  readonly pin: Pin | null;
  readonly ticket: StoredTicket | null;
  readonly clientInfo: string;
}

export interface LinkOpen {
  readonly binding: Uint8Array;
  readonly ready: Ready;
  /** Null in clear mode. */
  readonly identity: PresentedIdentity | null;
}

export interface LinkEnd {
  /**
   * `told`: by the server inside the channel, so it is true. `found`: by our own checks. `lost`: the socket just ended,
   * and `code` is what anybody on the way may have written: good for a wait, for nothing else.
   */
  readonly by: "told" | "found" | "lost" | "us";
  readonly code: number;
  readonly reason: CloseReason | null;
  /** Milliseconds to wait, and over which to spread, when the server said so. */
  readonly afterMs: number;
  readonly spreadMs: number;
  readonly wasOpen: boolean;
  /** With `identity_error`: a proven identity that is not the pinned one. */
  readonly presented: { readonly fingerprint: string; readonly shortCode: string } | null;
  /** The server selected a subprotocol that was not offered, or none. */
  readonly badSelection: boolean;
}

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
  readonly #options: LinkOptions;
  readonly #out: LinkOut;
  readonly #socket: ClientSocket;
  #channel: ClientSide | null = null;
  #ended = false;
  #wasOpen = false;
  #told: { code: number; reason: string } | null = null;
  #silenceMs = SILENCE_DEFAULT_MS;
  #lastHeard: number;
  #cancelTimer: () => void;

  constructor(options: LinkOptions, out: LinkOut) {
    this.#options = options;
    this.#out = out;
    this.#lastHeard = options.clock.monotonic();
    this.#cancelTimer = options.clock.after(OPEN_TIMEOUT_MS, () => this.#end("found", "handshake_timeout"));
    this.#socket = options.openSocket(options.url, options.subprotocols, {
      opened: (protocol) => this.#socketOpened(protocol),
      received: (bytes) => this.#received(bytes),
      closed: (code, reason) => this.#socketClosed(code, reason),
    });
  }

  /** False when it could not be queued: the link is not open, or its queue is full. */
  send(text: string, padTo?: number): boolean {
    return !this.#ended && (this.#channel?.sendText(text, padTo) ?? false);
  }

  /** Takes the peer for dead unless it answers in time: for when the network may have changed under us. */
  probe(timeoutMs: number): void {
    if (this.#ended || !this.#wasOpen) return;
    const asked = this.#options.clock.monotonic();
    this.#channel?.ping();
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(timeoutMs, () => {
      if (this.#lastHeard < asked) this.#end("found", "idle");
      else this.#watchSilence();
    });
  }

  /** Says goodbye inside the channel, then closes. */
  close(): void {
    if (this.#ended) return;
    if (!this.#wasOpen) return this.#end("us", "normal");
    this.#finish({ by: "us", code: closeCode("normal") });
    this.#cancelTimer = this.#options.clock.after(GOODBYE_MS, () => this.#socket.close(closeCode("normal"), ""));
    this.#channel?.close("normal");
  }

  #socketOpened(selected: string): void {
    if (this.#ended) return;
    const { subprotocols, url } = this.#options;
    if (!acceptsSelection(subprotocols, selected)) {
      return this.#end("found", "protocol_violation", { badSelection: true });
    }
    this.#out.securing();
    if (this.#ended) return;
    const out = {
      send: (frame: Uint8Array) => this.#socket.send(frame),
      event: (event: ClientChannelEvent) => this.#heard(event),
    };
    this.#channel =
      selected === SUBPROTOCOL_SEALED
        ? new ClientChannel(
            {
              ...this.#options,
              transport: url.startsWith("wss:") ? "tls" : "plain",
              maxMessage: MAX_MESSAGE_BYTES,
            },
            out,
          )
        : new ClearClientChannel({ clock: this.#options.clock, maxMessage: MAX_MESSAGE_BYTES }, out);
    this.#channel.start();
  }

  #received(bytes: Uint8Array | null): void {
    if (this.#ended) return;
    if (bytes === null || this.#channel === null) return this.#end("found", "bad_frame");
    this.#channel.receive(bytes);
  }

  #heard(event: ClientChannelEvent): void {
    if (event.type === "closed" && this.#ended) {
      this.#cancelTimer();
      return this.#socket.close(closeCode(event.reason), "");
    }
    if (this.#ended) return;
    switch (event.type) {
      case "open":
        this.#wasOpen = true;
        if (event.ready.idleTimeoutSeconds > 0) this.#silenceMs = event.ready.idleTimeoutSeconds * 1000;
        this.#lastHeard = this.#options.clock.monotonic();
        this.#watchSilence();
        return this.#out.opened(event);
      case "text":
        return this.#lines(event.text);
      case "ticket":
        return this.#out.ticket(event.ticket);
      case "alive":
        this.#lastHeard = this.#options.clock.monotonic();
        return;
      case "closing":
        this.#told = event;
        return;
      case "failed":
        return this.#end("found", event.reason, { presented: event.presented ?? null });
      case "closed":
      case "binary":
        return;
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
        return this.#end("found", "bad_frame");
      }
      this.#out.frame(frame);
    }
  }

  /** One timer that looks at the time of the last frame: cheaper than one that every frame sets anew. */
  #watchSilence(): void {
    this.#cancelTimer();
    const silent = this.#options.clock.monotonic() - this.#lastHeard;
    if (silent >= this.#silenceMs) return this.#end("found", "idle");
    this.#cancelTimer = this.#options.clock.after(this.#silenceMs - silent, () => this.#watchSilence());
  }

  #socketClosed(code: number, reason: string): void {
    if (this.#ended) return;
    if (this.#told) this.#finish({ by: "told", code: this.#told.code }, this.#told.reason);
    else this.#finish({ by: "lost", code }, reason);
  }

  #end(by: "found" | "us", reason: CloseReason, more: Partial<LinkEnd> = {}): void {
    if (this.#ended) return;
    const code = closeCode(reason);
    this.#finish({ by, code, ...more });
    // The reason in words stays with us: it would only help who attacks.
    this.#socket.close(code, "");
  }

  #finish(end: Pick<LinkEnd, "by" | "code"> & Partial<LinkEnd>, reason = ""): void {
    this.#ended = true;
    this.#cancelTimer();
    this.#options.share.erase();
    this.#out.ended({
      reason: reasonOf(end.code),
      ...waitOf(reason),
      wasOpen: this.#wasOpen,
      presented: null,
      badSelection: false,
      ...end,
    });
  }
}

function reasonOf(code: number): CloseReason | null {
  const names = Object.keys(CLOSE_REASONS) as CloseReason[];
  return names.find((name) => closeCode(name) === code) ?? null;
}

/** Longest wait that a server (or whoever writes in its name) can impose. */
const WAIT_MAX_MS = 5 * 60_000;

/** `{"after":ms,"spread":ms}` of the close reasons `restart` and `rate_limited`. */
function waitOf(reason: string): { afterMs: number; spreadMs: number } {
  try {
    const { after, spread } = JSON.parse(reason) as { after?: unknown; spread?: unknown };
    return { afterMs: bounded(after), spreadMs: bounded(spread) };
  } catch {
    return { afterMs: 0, spreadMs: 0 };
  }
}

function bounded(value: unknown): number {
  return typeof value === "number" && value > 0 ? Math.min(value, WAIT_MAX_MS) : 0;
}
