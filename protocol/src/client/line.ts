import { type EventName, isEvent } from "../events.ts";
import type { Frame } from "../frame.ts";
import type { PresentedIdentity, StoredTicket } from "../secure/index.ts";
import { Backoff } from "./backoff.ts";
import type { Dial, Dialer } from "./dialer.ts";
import { Link, type LinkOpen } from "./link.ts";
import type { LinkEnd } from "./link-end.ts";
import { outcomeOf } from "./link-outcome.ts";
import type { ClientOptions } from "./options.ts";
import { PendingRequests, REQUEST_TIMEOUT_MS } from "./pending-requests.ts";
import type { Pins } from "./pins.ts";
import { protectionOf } from "./protection.ts";
import type { Session } from "./session.ts";
import type { ClientState, Protection, Refusal, WaitReason } from "./state.ts";

/** A link that lasted this long had no part in the failures before it. */
const STABLE_AFTER_MS = 10_000;
/** A live network answers a PING in this time, or was changed under us. */
const PROBE_TIMEOUT_MS = 5_000;
/** As long again as the request had that got no answer: what is slow brings at least a frame in it. */
const UNANSWERED_PROBE_MS = REQUEST_TIMEOUT_MS;

/** What holds while a link is open. */
export interface OpenLink {
  readonly requests: PendingRequests;
  readonly open: LinkOpen;
  /** Changes when a person has compared the fingerprint. */
  protection: Protection;
}

export interface LineOut {
  state(state: Extract<ClientState, { name: "connecting" | "securing" | "waiting" | "refused" }>): void;
  session(): Session | null;
  /** Is there a reason to dial again? */
  wanted(): boolean;
  /** The handshake proved this identity, by a rotation from the pinned one; the pin is about to follow. */
  rotated(from: string, to: PresentedIdentity): Promise<void>;
  opened(link: OpenLink): void;
  /** The link or the attempt is gone; what follows (a wait, a refusal) is told next. */
  ended(): void;
  /** The server has ended the session, and said so inside the channel. */
  revoked(): void;
  /** Gone, and nobody wants another one. */
  idle(): void;
  event(method: EventName, params: unknown): void;
  ticket(ticket: StoredTicket): void;
  warning(what: string): void;
}

/** One link after the other: dials, notices the end of each, and waits before the next. */
export class Line {
  readonly #options: ClientOptions;
  readonly #pins: Pins;
  readonly #dialer: Dialer;
  readonly #out: LineOut;
  readonly #backoff: Backoff;
  /** Raised whenever the present attempt is given up, so that what it still awaits changes nothing. */
  #attempt = 0;
  #link: Link | null = null;
  #present: OpenLink | null = null;
  #openedAt = 0;
  #useTicket = true;
  #cancelRetry: () => void = () => {};

  constructor(options: ClientOptions, pins: Pins, dialer: Dialer, out: LineOut) {
    this.#options = options;
    this.#pins = pins;
    this.#dialer = dialer;
    this.#out = out;
    this.#backoff = new Backoff(options.random);
  }

  /** The open link. */
  get present(): OpenLink | null {
    return this.#present;
  }

  dial(): void {
    this.#cancelRetry();
    const attempt = ++this.#attempt;
    this.#out.state({ name: "connecting", attempt: this.#backoff.failures + 1 });
    this.#dialer.prepare(this.#out.session(), this.#useTicket).then(
      (dial) => {
        if (attempt === this.#attempt) this.#dialled(dial);
        else if ("share" in dial) dial.share.erase();
      },
      (error: unknown) => {
        if (attempt !== this.#attempt) return;
        this.#out.warning(`dial: ${String(error)}`);
        this.wait("failed");
      },
    );
  }

  /** Gives up the present link or attempt. */
  hangUp(): void {
    this.#attempt++;
    this.#cancelRetry();
    this.#link?.close();
  }

  /** Dials again later, if somebody still wants to. */
  wait(why: WaitReason, { afterMs = 0, spreadMs = 0 }: { afterMs?: number; spreadMs?: number } = {}): void {
    const { clock, random } = this.#options;
    if (!this.#out.wanted()) return this.#out.idle();
    const delayMs = afterMs + Math.max(this.#backoff.next(), Math.floor(random.fraction() * spreadMs));
    this.#cancelRetry = clock.after(delayMs, () => this.dial());
    this.#out.state({ name: "waiting", retryAtMs: clock.now() + delayMs, why });
  }

  refuse(refusal: Refusal): void {
    this.#out.state({ name: "refused", why: refusal });
  }

  probe(): void {
    this.#link?.probe(PROBE_TIMEOUT_MS);
  }

  /** A person has compared the fingerprint of this link. */
  verified(): Protection | null {
    const present = this.#present;
    if (present === null || present.protection.kind !== "sealed") return null;
    present.protection = { ...present.protection, trust: "verified" };
    return present.protection;
  }

  #dialled(dial: Dial | { readonly refusal: Refusal }): void {
    if ("refusal" in dial) return this.refuse(dial.refusal);
    this.#useTicket = true;
    this.#link = new Link(this.#options, dial, {
      securing: () => this.#out.state({ name: "securing" }),
      opened: (open) => void this.#opened(open, dial),
      frame: (frame) => this.#frame(frame),
      ticket: (ticket) => this.#out.ticket(ticket),
      ended: (end) => this.#ended(end, dial),
    });
  }

  async #opened(open: LinkOpen, dial: Dial): Promise<void> {
    const attempt = this.#attempt;
    const { clock, url } = this.#options;
    const link = this.#link;
    const pinned = dial.pin?.fingerprint ?? null;
    try {
      if (open.identity?.relation === "rotated" && pinned !== null) await this.#out.rotated(pinned, open.identity);
      await this.#pins.met(open.identity, open.ready.requireImsc);
    } catch (error) {
      this.#out.warning(`storage: ${String(error)}`);
    }
    if (attempt !== this.#attempt) return;
    this.#openedAt = clock.monotonic();
    this.#present = {
      requests: new PendingRequests(clock, {
        send: (text, padTo) => link?.send(text, padTo) ?? false,
        unanswered: () => link?.probe(UNANSWERED_PROBE_MS),
      }),
      open,
      protection: protectionOf(open, url, dial.pin?.verified ?? false),
    };
    this.#out.opened(this.#present);
  }

  #ended(end: LinkEnd, dial: Dial): void {
    const present = this.#present;
    if (present && this.#options.clock.monotonic() - this.#openedAt >= STABLE_AFTER_MS) this.#backoff.reset();
    this.#attempt++;
    this.#link = null;
    this.#present = null;
    present?.requests.close(end.by === "told" && end.undone);
    this.#out.ended();
    if (end.by === "us") return;
    // A server that knows RSA alone refuses the cheaper exchange that goes with a ticket: once without.
    if (dial.ticket !== null && !end.wasOpen && end.reason === "unsupported") {
      this.#useTicket = false;
      return this.wait("unsupported", end);
    }
    const outcome = outcomeOf(end, dial.pin);
    switch (outcome.next) {
      case "refuse":
        return this.refuse(outcome.refusal);
      case "signOut":
        return this.#out.revoked();
      case "wait":
        return this.wait(outcome.why, end);
    }
  }

  #frame(frame: Frame): void {
    switch (frame.type) {
      case "result":
        return this.#present?.requests.answered(frame.id, { result: frame.result });
      case "error":
        return this.#present?.requests.answered(frame.id, { error: frame.error });
      case "event":
        if (isEvent(frame.method)) this.#out.event(frame.method, frame.params);
        return;
      case "request":
        return;
    }
  }
}
