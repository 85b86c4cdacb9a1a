import { ReplyError } from "../errors.ts";
import { type EventName, isEvent } from "../events.ts";
import type { Frame } from "../frame.ts";
import { BEFORE_SIGN_IN, type Method, type Params, type Result } from "../requests.ts";
import { Backoff } from "./backoff.ts";
import { Credentials } from "./credentials.ts";
import { type Dial, Dialer } from "./dialer.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { Link, type LinkOpen } from "./link.ts";
import type { LinkEnd } from "./link-end.ts";
import { outcomeOf } from "./link-outcome.ts";
import { LinkWaiters } from "./link-waiters.ts";
import type { ClientOptions } from "./options.ts";
import { PendingRequests, REQUEST_TIMEOUT_MS } from "./pending-requests.ts";
import { Pins } from "./pins.ts";
import { protectionOf } from "./protection.ts";
import type { ServerClock } from "./server-clock.ts";
import { maySendToken, originOf, type Session } from "./session.ts";
import { type Granted, register, ServerUnproven, type SignInContext, signInByPassword } from "./sign-in.ts";
import {
  ClientError,
  type ClientState,
  type Fingerprint,
  type Protection,
  type Refusal,
  type SignedInAccount,
  type SignedOutReason,
  type WaitReason,
} from "./state.ts";
import { Tickets } from "./tickets.ts";

/** A connection that lasted this long had no part in the failures before it. */
const STABLE_AFTER_MS = 10_000;
/** How long `prepare` and a sign-in go on trying to reach the server; an office of 450 behind one address needs most of it. */
const SIGN_IN_PATIENCE_MS = 60_000;
/** A live network answers a PING in this time, or was changed under us. */
const PROBE_TIMEOUT_MS = 5_000;

export interface ConnectionOut {
  state(state: ClientState): void;
  /** Signed in and ready; requests made in this call go out first. */
  online(): void;
  offline(): void;
  event(method: EventName, params: unknown): void;
  /** Somebody has just signed in here, or the session that was there has ended. */
  sessionChanged(session: Session | null): void;
  identityRotated(from: Fingerprint, to: Fingerprint): void;
  warning(what: string): void;
}

/** What holds while a link is open. */
interface OpenLink {
  readonly link: Link;
  readonly requests: PendingRequests;
  readonly open: LinkOpen;
  readonly protection: Protection;
  /** Fingerprint that was known before. */
  readonly pinned: string | null;
}

/** Keeps one signed-in link alive: dials, signs in, waits and dials again. Owns the state that the app sees. */
export class Connection {
  readonly #options: ClientOptions;
  readonly #out: ConnectionOut;
  readonly #serverClock: ServerClock;
  readonly #pins: Pins;
  readonly #credentials: Credentials;
  readonly #dialer: Dialer;
  readonly #backoff: Backoff;
  readonly #waiters: LinkWaiters;
  readonly #signInContext: SignInContext;
  #state: ClientState = { name: "stopped" };
  #signedOutWhy: SignedOutReason = "new";
  /** Raised whenever the present attempt is given up, so that what it still awaits changes nothing. */
  #attempt = 0;
  #dialing: Link | null = null;
  #open: OpenLink | null = null;
  #onlineSince = 0;
  #useTicket = true;
  #cancelRetry: () => void = () => {};

  constructor(options: ClientOptions, serverClock: ServerClock, out: ConnectionOut) {
    const { storage, clock, random } = options;
    const tickets = new Tickets(storage, clock);
    this.#options = options;
    this.#out = out;
    this.#serverClock = serverClock;
    this.#pins = new Pins(storage, clock, options.url);
    this.#credentials = new Credentials(storage, tickets, this.#storageFailed);
    this.#dialer = new Dialer(options, this.#pins, tickets);
    this.#backoff = new Backoff(random);
    this.#waiters = new LinkWaiters(clock);
    const { version = "parley", features = [] } = options.client ?? {};
    const { crypto: hashing, argon2id, device } = options;
    this.#signInContext = { hashing, argon2id, random, device, client: { version, features: [...features] } };
  }

  get state(): ClientState {
    return this.#state;
  }

  get session(): Session | null {
    return this.#credentials.session;
  }

  get protection(): Protection | null {
    return this.#open?.protection ?? null;
  }

  get isOnline(): boolean {
    return this.#state.name === "online";
  }

  async load(): Promise<void> {
    this.#set({ name: "loading" });
    await this.#credentials.load();
  }

  begin(): void {
    if (this.#state.name !== "loading") return;
    if (this.session) this.#dial(1);
    else this.#signedOut(null);
  }

  stop(): void {
    this.#drop("stopped");
    this.#set({ name: "stopped" });
  }

  reconnectNow(): void {
    if (this.#state.name === "online") this.#open?.link.probe(PROBE_TIMEOUT_MS);
    else if (this.#state.name === "waiting" || this.#state.name === "refused") this.#dial(this.#backoff.failures + 1);
  }

  async request<M extends Method>(method: M, params: Params<M>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Result<M>> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    const { requests } = await this.#ready(!BEFORE_SIGN_IN.has(method), timeoutMs);
    return requests.request(method, params, Math.max(1, deadline - clock.monotonic()));
  }

  /** Only over the present connection: who calls this tries again by itself when there is another. */
  requestNow<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.#open && this.isOnline
      ? this.#open.requests.request(method, params)
      : Promise.reject(new ClientError("lost"));
  }

  async prepare(): Promise<Protection> {
    return (await this.#ready(false, SIGN_IN_PATIENCE_MS)).protection;
  }

  register(account: { handle: string; password: string; displayName?: string }): Promise<SignedInAccount> {
    return this.#signIn(({ requests }) => register(requests, this.#signInContext, account));
  }

  signIn(credentials: { handle: string; password: string }): Promise<SignedInAccount> {
    return this.#signIn(({ requests, open }) =>
      signInByPassword(requests, this.#signInContext, credentials, open.binding),
    );
  }

  /** Ends here whatever the server says. */
  async signOut(timeoutMs: number): Promise<void> {
    if (this.isOnline) await this.request("auth.signOut", {}, timeoutMs).catch(() => {});
    await this.endSession("signedOut");
  }

  async endSession(why: SignedOutReason): Promise<void> {
    this.#drop("stopped");
    this.#signedOutWhy = why;
    const forgotten = this.#credentials.forget();
    this.#signedOut(null);
    await forgotten;
    this.#out.sessionChanged(null);
  }

  /** The session was made in another tab. */
  async adoptSession(): Promise<void> {
    if (this.session !== null || this.#state.name === "stopped") return;
    const session = await this.#credentials.load();
    if (session === null) return;
    this.#drop("lost");
    this.#out.sessionChanged(session);
    this.#dial(1);
  }

  async markVerified(): Promise<void> {
    await this.#pins.verify();
    const open = this.#open;
    if (open === null || open.protection.kind !== "sealed") return;
    const protection: Protection = { ...open.protection, trust: "verified" };
    this.#open = { ...open, protection };
    if ("protection" in this.#state) this.#set({ ...this.#state, protection });
  }

  async resetPin(): Promise<void> {
    await this.endSession("sessionEnded");
    await this.#pins.forget();
  }

  #set(state: ClientState): void {
    this.#state = state;
    this.#out.state(state);
  }

  #signedOut(protection: Protection | null): void {
    this.#set({ name: "signedOut", why: this.#signedOutWhy, protection });
  }

  // --- dialling

  #dial(attempt: number): void {
    this.#cancelRetry();
    const present = ++this.#attempt;
    this.#set({ name: "connecting", attempt });
    this.#dialer.prepare(this.session, this.#useTicket).then(
      (dial) => {
        if (present === this.#attempt) this.#dialled(dial);
        else if ("share" in dial) dial.share.erase();
      },
      (error: unknown) => {
        if (present !== this.#attempt) return;
        this.#out.warning(`dial: ${String(error)}`);
        this.#wait("failed");
      },
    );
  }

  #dialled(dial: Dial | { readonly refusal: Refusal }): void {
    if ("refusal" in dial) return this.#refuse(dial.refusal);
    this.#useTicket = true;
    const link: Link = new Link(this.#options, dial, {
      securing: () => this.#set({ name: "securing" }),
      opened: (open) => void this.#opened(link, open, dial),
      frame: (frame) => this.#frame(frame),
      ticket: (ticket) => this.#credentials.keepTicket(ticket),
      ended: (end) => this.#ended(end, dial),
    });
    this.#dialing = link;
  }

  async #opened(link: Link, open: LinkOpen, dial: Dial): Promise<void> {
    const present = this.#attempt;
    const { clock, url } = this.#options;
    await this.#pins.met(open.identity, open.ready.requireImsc).catch(this.#storageFailed);
    if (present !== this.#attempt) return;
    this.#serverClock.set(open.ready.serverTimeMs);
    const protection = protectionOf(open, url, dial.pin?.verified ?? false);
    const requests = new PendingRequests(clock, (text, padTo) => link.send(text, padTo));
    const pinned = dial.pin?.fingerprint ?? null;
    this.#open = { link, requests, open, protection, pinned };
    if (open.identity?.relation === "rotated" && pinned !== null) {
      this.#out.identityRotated(fingerprintOf(pinned), fingerprintOf(open.identity.fingerprint));
    }
    if (this.session) return this.#resume(this.session, this.#open);
    this.#backoff.reset();
    this.#signedOut(protection);
    this.#waiters.wake(false);
  }

  // --- signing in

  async #resume(session: Session, open: OpenLink): Promise<void> {
    const present = this.#attempt;
    this.#set({ name: "authenticating", protection: open.protection });
    if (open.open.ready.resumed) return this.#online(session, open);
    const { identity } = open.open;
    if (!maySendToken(session, { identity, pinned: open.pinned, origin: originOf(this.#options.url) })) {
      return this.endSession("sessionEnded").catch(this.#storageFailed);
    }
    try {
      const { token } = session;
      const granted = await open.requests.request("auth.resume", { token, client: this.#signInContext.client });
      if (present === this.#attempt) await this.#granted({ ...granted, token }, open);
    } catch (error) {
      if (present === this.#attempt) this.#resumeFailed(error);
    }
  }

  #resumeFailed(error: unknown): void {
    if (!(error instanceof ReplyError)) {
      this.#hangUp();
      this.#wait("failed");
    } else if (error.name === "SESSION_INVALID") {
      this.endSession("sessionEnded").catch(this.#storageFailed);
    } else {
      this.#hangUp();
      this.#wait(error.name === "RATE_LIMITED" ? "rateLimited" : "overloaded", { afterMs: error.retryAfterMs });
    }
  }

  /** Tries again over new links while the server cannot be reached; any answer about the account itself is final. */
  async #signIn(attempt: (open: OpenLink) => Promise<Granted>): Promise<SignedInAccount> {
    const { clock } = this.#options;
    if (this.session) throw new ClientError("invalidParams", "signed in already");
    const deadline = clock.monotonic() + SIGN_IN_PATIENCE_MS;
    for (;;) {
      const open = await this.#ready(false, deadline - clock.monotonic());
      this.#set({ name: "authenticating", protection: open.protection });
      try {
        const granted = await attempt(open);
        if (this.#open !== open) throw new ClientError("lost");
        return (await this.#granted(granted, open)).account;
      } catch (error) {
        const waitMs = this.#afterSignInFailure(error, open);
        if (waitMs === null || clock.monotonic() + waitMs >= deadline) throw error;
        await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      }
    }
  }

  /** Answers when to try again; null when not. */
  #afterSignInFailure(error: unknown, open: OpenLink): number | null {
    if (error instanceof ServerUnproven) {
      this.#hangUp();
      this.#refuse({ reason: "serverUnproven" });
      return null;
    }
    if (this.#open === open) this.#signedOut(open.protection);
    if (error instanceof ReplyError) return error.name === "OVERLOADED" ? this.#backoff.next(error.retryAfterMs) : null;
    const lost = error instanceof ClientError && error.reason === "lost" && this.#state.name !== "stopped";
    return lost ? 0 : null;
  }

  async #granted(granted: Granted, open: OpenLink): Promise<Session> {
    const { token, userId, deviceId, expiresAt, server } = granted;
    const fresh = this.session === null;
    const session: Session = {
      token,
      account: { userId, deviceId, expiresAt, server },
      fingerprint: open.open.identity?.fingerprint ?? null,
      origin: originOf(this.#options.url),
    };
    this.#serverClock.set(server.timeMs);
    await this.#credentials.keep(session);
    if (fresh) this.#out.sessionChanged(session);
    if (this.#open === open) this.#online(session, open);
    return session;
  }

  #online(session: Session, open: OpenLink): void {
    this.#onlineSince = this.#options.clock.monotonic();
    this.#set({ name: "online", protection: open.protection, account: session.account });
    this.#out.online();
    this.#waiters.wake(true);
  }

  // --- the end of a link

  #ended(end: LinkEnd, dial: Dial): void {
    const wasOnline = this.isOnline;
    if (wasOnline && this.#options.clock.monotonic() - this.#onlineSince >= STABLE_AFTER_MS) this.#backoff.reset();
    this.#attempt++;
    this.#dialing = null;
    this.#credentials.dropEarlyTickets();
    const requests = this.#open?.requests;
    this.#open = null;
    requests?.close(new ClientError("lost"));
    if (wasOnline) this.#out.offline();
    if (end.by === "us") return;
    // A server that knows RSA alone refuses the cheaper exchange that goes with a ticket: once without.
    if (dial.ticket !== null && !end.wasOpen && end.reason === "unsupported") {
      this.#useTicket = false;
      return this.#wait("unsupported", end);
    }
    const outcome = outcomeOf(end, dial.pin);
    switch (outcome.next) {
      case "refuse":
        return this.#refuse(outcome.refusal);
      case "signOut":
        return void this.endSession("sessionEnded").catch(this.#storageFailed);
      case "wait":
        return this.#wait(outcome.why, end);
    }
  }

  #wait(why: WaitReason, { afterMs = 0, spreadMs = 0 }: { afterMs?: number; spreadMs?: number } = {}): void {
    const { clock, random } = this.#options;
    if (this.session === null && !this.#waiters.any) return this.#signedOut(null);
    const attempt = this.#backoff.failures + 2;
    const delayMs = afterMs + Math.max(this.#backoff.next(), Math.floor(random.fraction() * spreadMs));
    this.#cancelRetry = clock.after(delayMs, () => this.#dial(attempt));
    this.#set({ name: "waiting", retryAtMs: clock.now() + delayMs, why });
  }

  #refuse(refusal: Refusal): void {
    this.#set({ name: "refused", why: refusal });
    this.#waiters.fail(new ClientError("refused", refusal.reason));
  }

  /** Gives up the present link or attempt without a state of its own. */
  #hangUp(): void {
    this.#attempt++;
    this.#cancelRetry();
    (this.#open?.link ?? this.#dialing)?.close();
  }

  #drop(reason: "stopped" | "lost"): void {
    this.#hangUp();
    this.#waiters.fail(new ClientError(reason));
  }

  /** An open link, dialling one if need be. */
  async #ready(signedIn: boolean, timeoutMs: number): Promise<OpenLink> {
    if (this.#open === null || (signedIn && !this.isOnline)) {
      const { state } = this;
      if (state.name === "stopped" || state.name === "loading") throw new ClientError("stopped");
      if (state.name === "refused") throw new ClientError("refused", state.why.reason);
      if (signedIn && this.session === null) throw new ClientError("notSignedIn");
      const linked = this.#waiters.wait(signedIn, timeoutMs);
      if (state.name === "signedOut") this.#dial(1);
      await linked;
    }
    if (this.#open === null) throw new ClientError("lost");
    return this.#open;
  }

  // --- what comes in

  #frame(frame: Frame): void {
    switch (frame.type) {
      case "result":
        return this.#open?.requests.answered(frame.id, { result: frame.result });
      case "error":
        return this.#open?.requests.answered(frame.id, { error: frame.error });
      case "event":
        if (this.isOnline && isEvent(frame.method)) this.#out.event(frame.method, frame.params);
        return;
      case "request":
        return;
    }
  }

  readonly #storageFailed = (error: unknown): void => this.#out.warning(`storage: ${String(error)}`);
}
