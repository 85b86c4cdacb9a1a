import { ReplyError } from "../errors.ts";
import type { EventName } from "../events.ts";
import { isEvent } from "../events.ts";
import type { Frame } from "../frame.ts";
import { BEFORE_SIGN_IN, type Method, type Params, type Result } from "../requests.ts";
import type { ServerInfo } from "../schema/account.ts";
import type { StoredTicket } from "../secure/index.ts";
import { Backoff } from "./backoff.ts";
import { type Dial, Dialer } from "./dialer.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { Link, type LinkEnd, type LinkOpen } from "./link.ts";
import { outcomeOf } from "./link-outcome.ts";
import type { ClientOptions } from "./options.ts";
import { PendingRequests, QUEUED_REQUESTS_MAX, REQUEST_TIMEOUT_MS } from "./pending-requests.ts";
import { Pins } from "./pins.ts";
import { protectionOf } from "./protection.ts";
import type { ServerClock } from "./server-clock.ts";
import { forgetSession, loadSession, maySendToken, originOf, type Session, saveSession } from "./session.ts";
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
  /** A person has just signed in or registered here, or the session that was there has ended. */
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
  readonly pinned: string | null;
}

/** Tickets that may come before the reply to the sign-in that they belong to. */
const EARLY_TICKETS_MAX = 4;

/** Keeps one signed-in link alive: dials, signs in, waits and dials again. Owns the state that the app sees. */
export class Connection {
  readonly #options: ClientOptions;
  readonly #out: ConnectionOut;
  readonly #serverClock: ServerClock;
  readonly #pins: Pins;
  readonly #tickets: Tickets;
  readonly #dialer: Dialer;
  readonly #backoff: Backoff;
  readonly #signInContext: SignInContext;
  #state: ClientState = { name: "stopped" };
  #session: Session | null = null;
  #signedOutWhy: SignedOutReason = "new";
  /** Raised whenever the present attempt is given up, so that what it still awaits changes nothing. */
  #attempt = 0;
  #dialing: Link | null = null;
  #open: OpenLink | null = null;
  readonly #earlyTickets: StoredTicket[] = [];
  #onlineSince = 0;
  #useTicket = true;
  #cancelRetry: () => void = () => {};
  /** Who waits for a link; while there is one, even a signed-out client keeps dialling. */
  readonly #waiters = new Set<{ readonly signedIn: boolean; readonly settle: (error: Error | null) => void }>();

  constructor(options: ClientOptions, serverClock: ServerClock, out: ConnectionOut) {
    this.#options = options;
    this.#out = out;
    this.#serverClock = serverClock;
    this.#pins = new Pins(options.storage, options.clock, options.url);
    this.#tickets = new Tickets(options.storage, options.clock);
    this.#dialer = new Dialer(options, this.#pins, this.#tickets);
    this.#backoff = new Backoff(options.random);
    const { version = "parley", features = [] } = options.client ?? {};
    this.#signInContext = {
      hashing: options.crypto,
      argon2id: options.argon2id,
      random: options.random,
      device: options.device,
      client: { version, features: [...features] },
    };
  }

  get state(): ClientState {
    return this.#state;
  }

  get session(): Session | null {
    return this.#session;
  }

  get protection(): Protection | null {
    return this.#open?.protection ?? null;
  }

  get isOnline(): boolean {
    return this.#state.name === "online";
  }

  async load(): Promise<void> {
    this.#set({ name: "loading" });
    this.#session = await loadSession(this.#options.storage);
  }

  begin(): void {
    if (this.#state.name !== "loading") return;
    if (this.#session) this.#dial(1);
    else this.#set({ name: "signedOut", why: this.#signedOutWhy, protection: null });
  }

  stop(): void {
    this.#drop("stopped");
    this.#set({ name: "stopped" });
  }

  async request<M extends Method>(method: M, params: Params<M>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Result<M>> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    const requests = await this.#ready(!BEFORE_SIGN_IN.has(method), timeoutMs);
    return requests.request(method, params, Math.max(1, deadline - clock.monotonic()));
  }

  /** Only over the present connection: who calls this tries again by itself when there is another. */
  requestNow<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.#open && this.isOnline
      ? this.#open.requests.request(method, params)
      : Promise.reject(new ClientError("lost"));
  }

  async prepare(): Promise<Protection> {
    await this.#ready(false, SIGN_IN_PATIENCE_MS);
    const open = this.#open;
    if (open === null) throw new ClientError("lost");
    return open.protection;
  }

  register(account: { handle: string; password: string; displayName?: string }): Promise<SignedInAccount> {
    return this.#signIn((open) => register(open.requests, this.#signInContext, account));
  }

  signIn(credentials: { handle: string; password: string }): Promise<SignedInAccount> {
    return this.#signIn((open) => signInByPassword(open.requests, this.#signInContext, credentials, open.open.binding));
  }

  /** Ends here whatever the server says. */
  async signOut(timeoutMs: number): Promise<void> {
    if (this.isOnline) await this.request("auth.signOut", {}, timeoutMs).catch(() => {});
    await this.endSession("signedOut");
  }

  async endSession(why: SignedOutReason): Promise<void> {
    this.#drop("stopped");
    this.#session = null;
    this.#signedOutWhy = why;
    this.#set({ name: "signedOut", why, protection: null });
    await this.#tickets.forget();
    await forgetSession(this.#options.storage);
    this.#out.sessionChanged(null);
  }

  /** The session was made in another tab. */
  async adoptSession(): Promise<void> {
    if (this.#session !== null || this.#state.name === "stopped") return;
    this.#session = await loadSession(this.#options.storage);
    if (this.#session === null) return;
    this.#drop("lost");
    this.#out.sessionChanged(this.#session);
    this.#dial(1);
  }

  reconnectNow(): void {
    if (this.#state.name === "online") this.#open?.link.probe(PROBE_TIMEOUT_MS);
    else if (this.#state.name === "waiting" || this.#state.name === "refused") this.#dial(this.#backoff.failures + 1);
  }

  async markVerified(): Promise<void> {
    await this.#pins.verify();
    const open = this.#open;
    if (open === null || open.protection.kind !== "sealed") return;
    this.#open = { ...open, protection: { ...open.protection, trust: "verified" } };
    if ("protection" in this.#state) this.#set({ ...this.#state, protection: this.#open.protection });
  }

  async resetPin(): Promise<void> {
    await this.endSession("sessionEnded");
    await this.#pins.forget();
  }

  #set(state: ClientState): void {
    this.#state = state;
    this.#out.state(state);
  }

  // --- dialling

  #dial(attempt: number): void {
    this.#cancelRetry();
    const present = ++this.#attempt;
    this.#set({ name: "connecting", attempt });
    this.#dialer.prepare(this.#session, this.#useTicket).then(
      (dial) => {
        if (present === this.#attempt) this.#dialled(dial);
        else if ("share" in dial) dial.share.erase();
      },
      (error: unknown) => {
        if (present !== this.#attempt) return;
        this.#out.warning(`dial: ${String(error)}`);
        this.#wait("failed", 0, 0);
      },
    );
  }

  #dialled(dial: Dial | { readonly refusal: Refusal }): void {
    if ("refusal" in dial) return this.#refuse(dial.refusal);
    this.#useTicket = true;
    const { client, ...platform } = this.#options;
    const link: Link = new Link(
      { ...platform, ...dial, clientInfo: client?.version ?? "" },
      {
        securing: () => this.#set({ name: "securing" }),
        opened: (open) => void this.#opened(link, open, dial),
        frame: (frame) => this.#frame(frame),
        ticket: (ticket) => this.#keepTicket(ticket),
        ended: (end) => this.#ended(end, dial),
      },
    );
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
    if (this.#session) await this.#resume(this.#session, this.#open);
    else this.#standBy(protection);
  }

  #keepTicket(ticket: StoredTicket): void {
    if (this.#session) this.#tickets.keep(this.#session.account.deviceId, ticket).catch(this.#storageFailed);
    else if (this.#earlyTickets.length < EARLY_TICKETS_MAX) this.#earlyTickets.push(ticket);
  }

  #standBy(protection: Protection): void {
    this.#backoff.reset();
    this.#set({ name: "signedOut", why: this.#signedOutWhy, protection });
    this.#wake();
  }

  // --- signing in

  async #resume(session: Session, open: OpenLink): Promise<void> {
    const present = this.#attempt;
    const { protection, requests } = open;
    this.#set({ name: "authenticating", protection });
    if (open.open.ready.resumed) return this.#online(session, open);
    const origin = originOf(this.#options.url);
    if (!maySendToken(session, { identity: open.open.identity, pinned: open.pinned, origin })) {
      return this.endSession("sessionEnded").catch(this.#storageFailed);
    }
    try {
      const { token } = session;
      const granted = await requests.request("auth.resume", { token, client: this.#signInContext.client });
      if (present === this.#attempt) await this.#granted({ ...granted, token }, open);
    } catch (error) {
      if (present !== this.#attempt) return;
      if (error instanceof ReplyError && error.name === "SESSION_INVALID") {
        return this.endSession("sessionEnded").catch(this.#storageFailed);
      }
      this.#hangUp();
      if (error instanceof ReplyError && error.retry) {
        this.#wait(error.name === "RATE_LIMITED" ? "rateLimited" : "overloaded", error.retryAfterMs, 0);
      } else this.#wait("failed", 0, 0);
    }
  }

  /** Tries again over new links while the server cannot be reached; any answer about the account itself is final. */
  async #signIn(attempt: (open: OpenLink) => Promise<Granted>): Promise<SignedInAccount> {
    const { clock } = this.#options;
    if (this.#session) throw new ClientError("invalidParams", "signed in already");
    const deadline = clock.monotonic() + SIGN_IN_PATIENCE_MS;
    for (;;) {
      await this.#ready(false, deadline - clock.monotonic());
      const open = this.#open;
      if (open === null) continue;
      this.#set({ name: "authenticating", protection: open.protection });
      try {
        const granted = await attempt(open);
        if (this.#open !== open) throw new ClientError("lost");
        const session = await this.#granted(granted, open);
        return session.account;
      } catch (error) {
        if (error instanceof ServerUnproven) {
          this.#hangUp();
          this.#refuse({ reason: "serverUnproven" });
          throw new ClientError("refused", "serverUnproven");
        }
        const overloaded = error instanceof ReplyError && error.name === "OVERLOADED";
        const lost = error instanceof ClientError && error.reason === "lost" && this.#state.name !== "stopped";
        if (this.#open === open) this.#set({ name: "signedOut", why: this.#signedOutWhy, protection: open.protection });
        const waitMs = overloaded ? this.#backoff.next(error.retryAfterMs) : 0;
        if (!(overloaded || lost) || clock.monotonic() + waitMs >= deadline) throw error;
        await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      }
    }
  }

  async #granted(
    granted: { token: string; userId: string; deviceId: string; expiresAt: number; server: ServerInfo },
    open: OpenLink,
  ): Promise<Session> {
    const { token, userId, deviceId, expiresAt, server } = granted;
    const fresh = this.#session === null;
    const session: Session = {
      token,
      account: { userId, deviceId, expiresAt, server },
      fingerprint: open.open.identity?.fingerprint ?? null,
      origin: originOf(this.#options.url),
    };
    this.#serverClock.set(server.timeMs);
    this.#session = session;
    for (const ticket of this.#earlyTickets.splice(0)) this.#keepTicket(ticket);
    await saveSession(this.#options.storage, session).catch(this.#storageFailed);
    if (fresh) this.#out.sessionChanged(session);
    if (this.#open === open) this.#online(session, open);
    return session;
  }

  #online(session: Session, open: OpenLink): void {
    this.#onlineSince = this.#options.clock.monotonic();
    this.#set({ name: "online", protection: open.protection, account: session.account });
    this.#out.online();
    this.#wake();
  }

  // --- the end of a link

  #ended(end: LinkEnd, dial: Dial): void {
    const wasOnline = this.isOnline;
    if (wasOnline && this.#options.clock.monotonic() - this.#onlineSince >= STABLE_AFTER_MS) this.#backoff.reset();
    this.#attempt++;
    this.#dialing = null;
    this.#earlyTickets.length = 0;
    const requests = this.#open?.requests;
    this.#open = null;
    requests?.close(new ClientError("lost"));
    if (wasOnline) this.#out.offline();
    if (end.by === "us") return;
    // A server that knows RSA alone refuses the cheaper exchange that goes with a ticket: once without.
    if (dial.ticket !== null && !end.wasOpen && end.reason === "unsupported") this.#useTicket = false;
    const outcome = this.#useTicket ? outcomeOf(end, dial.pin) : ({ next: "wait", why: "unsupported" } as const);
    switch (outcome.next) {
      case "refuse":
        return this.#refuse(outcome.refusal);
      case "signOut":
        return void this.endSession("sessionEnded").catch(this.#storageFailed);
      case "wait":
        return this.#wait(outcome.why, end.afterMs, end.spreadMs);
    }
  }

  #wait(why: WaitReason, afterMs: number, spreadMs: number): void {
    const { clock, random } = this.#options;
    const wanted = this.#session !== null || this.#waiters.size > 0;
    if (!wanted) return this.#set({ name: "signedOut", why: this.#signedOutWhy, protection: null });
    const attempt = this.#backoff.failures + 2;
    const delayMs = afterMs + Math.max(this.#backoff.next(), Math.floor(random.fraction() * spreadMs));
    this.#cancelRetry = clock.after(delayMs, () => this.#dial(attempt));
    this.#set({ name: "waiting", retryAtMs: clock.now() + delayMs, why });
  }

  #refuse(refusal: Refusal): void {
    this.#set({ name: "refused", why: refusal });
    this.#settleWaiters(new ClientError("refused", refusal.reason));
  }

  /** Gives up the present link or attempt without a state of its own. */
  #hangUp(): void {
    this.#attempt++;
    this.#cancelRetry();
    (this.#open?.link ?? this.#dialing)?.close();
  }

  #drop(reason: "stopped" | "lost"): void {
    this.#hangUp();
    this.#settleWaiters(new ClientError(reason));
  }

  // --- waiting for a link

  /** Resolves with the requests of an open link, dialling one if need be. */
  async #ready(signedIn: boolean, timeoutMs: number): Promise<PendingRequests> {
    const enough = () => this.#open !== null && (!signedIn || this.isOnline);
    if (!enough()) {
      this.#mayWait(signedIn);
      await new Promise<void>((resolve, reject) => {
        const waiter = {
          signedIn,
          settle: (error: Error | null) => {
            cancel();
            this.#waiters.delete(waiter);
            if (error) reject(error);
            else resolve();
          },
        };
        const cancel = this.#options.clock.after(timeoutMs, () => waiter.settle(new ClientError("timeout")));
        this.#waiters.add(waiter);
        if (this.#state.name === "signedOut") this.#dial(1);
      });
    }
    const open = this.#open;
    if (open === null) throw new ClientError("lost");
    return open.requests;
  }

  #mayWait(signedIn: boolean): void {
    if (this.#state.name === "stopped" || this.#state.name === "loading") throw new ClientError("stopped");
    if (this.#state.name === "refused") throw new ClientError("refused", this.#state.why.reason);
    if (signedIn && this.#session === null) throw new ClientError("notSignedIn");
    if (this.#waiters.size >= QUEUED_REQUESTS_MAX) throw new ClientError("queueFull");
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) if (!waiter.signedIn || this.isOnline) waiter.settle(null);
  }

  #settleWaiters(error: Error): void {
    for (const waiter of [...this.#waiters]) waiter.settle(error);
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
