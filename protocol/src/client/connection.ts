import { ReplyError } from "../errors.ts";
import type { EventName } from "../events.ts";
import { BEFORE_SIGN_IN, type Method, type Params, type Result } from "../requests.ts";
import type { PresentedIdentity } from "../secure/index.ts";
import { Backoff } from "./backoff.ts";
import { Credentials } from "./credentials.ts";
import { Dialer } from "./dialer.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { Line, type OpenLink } from "./line.ts";
import { LinkWaiters } from "./link-waiters.ts";
import type { ClientOptions } from "./options.ts";
import { REQUEST_TIMEOUT_MS, Undone } from "./pending-requests.ts";
import { Pins } from "./pins.ts";
import type { ServerClock } from "./server-clock.ts";
import { maySendToken, originOf, type Session } from "./session.ts";
import {
  type Granted,
  type NewAccount,
  register,
  ServerUnproven,
  type SignInContext,
  signInByCode,
  signInByPassword,
} from "./sign-in.ts";
import {
  ClientError,
  type ClientState,
  type Fingerprint,
  type Protection,
  type SignedInAccount,
  type SignedOutReason,
} from "./state.ts";
import { Tickets } from "./tickets.ts";

/** How long `prepare` and a sign-in go on trying to reach the server; an office of 450 behind one address needs most of it. */
const SIGN_IN_PATIENCE_MS = 60_000;

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

/** Keeps this device signed in: each link that the line opens is resumed, or stands by. Owns the state that the app sees. */
export class Connection {
  readonly #options: ClientOptions;
  readonly #out: ConnectionOut;
  readonly #serverClock: ServerClock;
  readonly #pins: Pins;
  readonly #credentials: Credentials;
  readonly #line: Line;
  readonly #waiters: LinkWaiters;
  readonly #signInContext: SignInContext;
  #state: ClientState = { name: "stopped" };
  #signedOutWhy: SignedOutReason = "new";
  /** What the server said of the session that it is about to end on this link. */
  #endedWhy: SignedOutReason | null = null;

  constructor(options: ClientOptions, serverClock: ServerClock, out: ConnectionOut) {
    const { storage, clock, random, crypto: hashing, argon2id, device } = options;
    const tickets = new Tickets(storage, clock);
    this.#options = options;
    this.#out = out;
    this.#serverClock = serverClock;
    this.#pins = new Pins(storage, clock, options.url);
    this.#credentials = new Credentials(storage, tickets, this.#storageFailed);
    this.#waiters = new LinkWaiters(clock);
    this.#line = new Line(options, this.#pins, new Dialer(options, this.#pins, tickets), {
      state: (state) => this.#lineState(state),
      session: () => this.session,
      wanted: () => this.session !== null || this.#waiters.any,
      rotated: (from, to) => this.#rotated(from, to),
      opened: (link) => this.#opened(link),
      ended: () => this.#ended(),
      revoked: () => void this.endSession(this.#endedWhy ?? "sessionEnded").catch(this.#storageFailed),
      idle: () => this.#signedOut(null),
      event: (method, params) => {
        if (method === "session.ended") this.#endedWhy = endedWhy(params);
        if (this.isOnline) out.event(method, params);
      },
      ticket: (ticket) => this.#credentials.keepTicket(ticket),
      warning: (what) => out.warning(what),
    });
    const { version = "parley", features = [] } = options.client ?? {};
    this.#signInContext = { hashing, argon2id, random, device, client: { version, features: [...features] } };
  }

  get state(): ClientState {
    return this.#state;
  }

  get session(): Session | null {
    return this.#credentials.session;
  }

  get protection(): Protection | null {
    return this.#line.present?.protection ?? null;
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
    if (this.session) this.#line.dial();
    else this.#signedOut(null);
  }

  stop(): void {
    this.#drop("stopped");
    this.#set({ name: "stopped" });
  }

  reconnectNow(): void {
    if (this.#state.name === "online") this.#line.probe();
    else if (this.#state.name === "waiting" || this.#state.name === "refused") this.#line.dial();
  }

  async request<M extends Method>(method: M, params: Params<M>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Result<M>> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    const left = () => Math.max(1, deadline - clock.monotonic());
    for (;;) {
      const link = await this.#ready(!BEFORE_SIGN_IN.has(method), left());
      try {
        return await link.requests.request(method, params, left());
      } catch (error) {
        // A server that goes leaves this to the next one. The same link would only say the same again.
        if (!(error instanceof Undone) || link === this.#line.present) throw error;
      }
    }
  }

  /** Only over the present connection: who calls this tries again by itself when there is another. */
  async requestNow<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const { present } = this.#line;
    if (present === null || !this.isOnline) throw new ClientError("lost");
    return present.requests.request(method, params);
  }

  async prepare(): Promise<Protection> {
    return (await this.#ready(false, SIGN_IN_PATIENCE_MS)).protection;
  }

  register(account: NewAccount): Promise<SignedInAccount> {
    return this.#signIn(({ requests }) => register(requests, this.#signInContext, account));
  }

  signIn(credentials: { handle: string; password: string }): Promise<SignedInAccount> {
    return this.#signIn(({ requests, open }) =>
      signInByPassword(requests, this.#signInContext, credentials, open.binding),
    );
  }

  signInByCode(credentials: { email: string; code: string }): Promise<SignedInAccount> {
    return this.#signIn(({ requests }) => signInByCode(requests, this.#signInContext, credentials));
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
    this.#line.dial();
  }

  async markVerified(): Promise<void> {
    await this.#pins.verify();
    const protection = this.#line.verified();
    if (protection && "protection" in this.#state) this.#set({ ...this.#state, protection });
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

  #lineState(state: ClientState): void {
    this.#set(state);
    if (state.name === "refused") this.#waiters.fail(new ClientError("refused", state.why.reason));
  }

  #opened(link: OpenLink): void {
    this.#endedWhy = null;
    this.#serverClock.set(link.open.ready.serverTimeMs);
    if (this.session) return void this.#resume(this.session, link);
    this.#signedOut(link.protection);
    this.#waiters.wake(false);
  }

  /** The session follows before the pin does: should we crash in between, the rotation is simply walked once more. */
  async #rotated(from: string, to: PresentedIdentity): Promise<void> {
    const { session } = this;
    if (session?.fingerprint === from) await this.#credentials.keep({ ...session, fingerprint: to.fingerprint });
    this.#out.identityRotated(fingerprintOf(from), fingerprintOf(to.fingerprint));
  }

  #ended(): void {
    const wasOnline = this.isOnline;
    this.#credentials.dropEarlyTickets();
    if (wasOnline) this.#out.offline();
  }

  #drop(reason: "stopped" | "lost"): void {
    this.#line.hangUp();
    this.#waiters.fail(new ClientError(reason));
  }

  // --- signing in

  async #resume(session: Session, link: OpenLink): Promise<void> {
    this.#set({ name: "authenticating", protection: link.protection });
    if (link.open.ready.resumed) return this.#online(session, link);
    const { identity } = link.open;
    if (!maySendToken(session, { identity, origin: originOf(this.#options.url) })) {
      return this.endSession("sessionEnded").catch(this.#storageFailed);
    }
    try {
      const { token } = session;
      const granted = await link.requests.request("auth.resume", { token, client: this.#signInContext.client });
      if (link === this.#line.present) await this.#granted({ ...granted, token }, link);
    } catch (error) {
      if (link === this.#line.present) this.#resumeFailed(error);
    }
  }

  #resumeFailed(error: unknown): void {
    if (error instanceof ReplyError && error.name === "SESSION_INVALID") {
      return void this.endSession("sessionEnded").catch(this.#storageFailed);
    }
    this.#line.hangUp();
    if (!(error instanceof ReplyError)) return this.#line.wait("failed");
    const why = error.name === "RATE_LIMITED" ? "rateLimited" : "overloaded";
    this.#line.wait(why, { afterMs: error.retryAfterMs });
  }

  /** Tries again over new links while the server cannot be reached; any answer about the account itself is final. */
  async #signIn(attempt: (link: OpenLink) => Promise<Granted>): Promise<SignedInAccount> {
    const { clock, random } = this.#options;
    if (this.session) throw new ClientError("invalidParams", "signed in already");
    const deadline = clock.monotonic() + SIGN_IN_PATIENCE_MS;
    const backoff = new Backoff(random);
    for (;;) {
      const link = await this.#ready(false, deadline - clock.monotonic());
      this.#set({ name: "authenticating", protection: link.protection });
      try {
        const granted = await attempt(link);
        if (this.#line.present !== link) throw new ClientError("lost");
        return (await this.#granted(granted, link)).account;
      } catch (error) {
        if (error instanceof ServerUnproven) {
          this.#line.hangUp();
          this.#line.refuse({ reason: "serverUnproven" });
          throw new ClientError("refused", "serverUnproven");
        }
        const again = this.#afterSignInFailure(error, link);
        const waitMs = backoff.next(error instanceof ReplyError ? error.retryAfterMs : 0);
        if (!again || clock.monotonic() + waitMs >= deadline) throw error;
        await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      }
    }
  }

  /** Is it worth another try? */
  #afterSignInFailure(error: unknown, link: OpenLink): boolean {
    if (this.#line.present === link) this.#signedOut(link.protection);
    if (error instanceof ReplyError) return error.name === "OVERLOADED";
    return error instanceof ClientError && error.reason === "lost" && this.#state.name !== "stopped";
  }

  async #granted({ token, userId, deviceId, expiresAt, server }: Granted, link: OpenLink): Promise<Session> {
    const fresh = this.session === null;
    const session: Session = {
      token,
      account: { userId, deviceId, expiresAt, server },
      fingerprint: link.open.identity?.fingerprint ?? null,
      origin: originOf(this.#options.url),
    };
    this.#serverClock.set(server.timeMs);
    await this.#credentials.keep(session);
    if (fresh) this.#out.sessionChanged(session);
    if (this.#line.present === link) this.#online(session, link);
    return session;
  }

  #online(session: Session, { protection }: OpenLink): void {
    this.#set({ name: "online", protection, account: session.account });
    this.#out.online();
    this.#waiters.wake(true);
  }

  /** An open link, dialling one if need be. */
  async #ready(signedIn: boolean, timeoutMs: number): Promise<OpenLink> {
    if (this.#line.present === null || (signedIn && !this.isOnline)) {
      const { state } = this;
      if (state.name === "stopped" || state.name === "loading") throw new ClientError("stopped");
      if (state.name === "refused") throw new ClientError("refused", state.why.reason);
      if (signedIn && this.session === null) throw new ClientError("notSignedIn");
      const linked = this.#waiters.wait(signedIn, timeoutMs);
      if (state.name === "signedOut") this.#line.dial();
      await linked;
    }
    if (this.#line.present === null) throw new ClientError("lost");
    return this.#line.present;
  }

  readonly #storageFailed = (error: unknown): void => this.#out.warning(`storage: ${String(error)}`);
}

/** Null for what is no reason that this version knows. */
function endedWhy(params: unknown): SignedOutReason | null {
  const { why } = (params ?? {}) as { readonly why?: unknown };
  return why === "revoked" || why === "replaced" || why === "deleted" ? why : null;
}
