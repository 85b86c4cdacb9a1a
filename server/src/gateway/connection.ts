import { type CloseReason, closeCode } from "@parley/protocol";
import {
  ClearServerChannel,
  ServerChannel,
  type ServerChannelEvent,
  type ServerChannelOut,
  type ServerChannelSettings,
  type ServerSide,
  SUBPROTOCOL_CLEAR,
  type Subprotocol,
  type TicketClaims,
} from "@parley/protocol/secure";
import type { Services } from "../domain/services.ts";
import type { EncodedEvent, Session } from "../live/caller.ts";
import { metrics } from "../metrics.ts";
import type { Admission } from "./admission.ts";
import type { Connections, Farewell, Retirable } from "./connections.ts";
import { Intake, type IntakeOwner, type IntakeParts } from "./intake.ts";
import { Liveness } from "./liveness.ts";
import { Outbound } from "./outbound.ts";
import type { Timed } from "./timer-wheel.ts";
import type { Flushable, Turn } from "./turn.ts";
import type { Wire } from "./wire.ts";

/** What a connection tells and asks about its session. */
export interface SessionServices {
  readonly sessions: Pick<Services["sessions"], "find" | "use">;
  /** `attach` looks at the session once more: a revocation since it was proved has found no peer to close. */
  readonly live: Pick<Services["live"], "attach" | "detach">;
}

/** What all connections of a node share. */
export interface ConnectionParts extends IntakeParts {
  readonly channel: ServerChannelSettings;
  readonly services: SessionServices;
  readonly admission: Admission;
  readonly turn: Turn;
  readonly connections: Connections;
}

export interface Caller {
  /** Unique in this process. */
  readonly id: number;
  /** Where limits are counted. Its stranger's socket is counted already. */
  readonly address: string;
  readonly host: string;
  readonly secure: boolean;
  readonly subprotocol: Subprotocol;
}

/** RFC 6455: the fault is ours. */
const CLOSE_BROKEN = 1011;
/** RFC 6455: bytes of the reason in a close frame. */
const CLOSE_TEXT_MAX = 123;
/** Tickets after a sign-in: for the next connection and for a second socket. A resumption spends one and gets one. */
const TICKETS_AFTER_SIGN_IN = 2;

const NO_BINDING = new Uint8Array(32);

/**
 * The actor of one socket, from the upgrade to the close. It knows the life of the connection; its requests are the
 * intake's, its replies and events the outbound's. Whatever goes wrong in here ends this socket and nothing else.
 */
export class Connection implements IntakeOwner, Timed, Flushable, Retirable, ServerChannelOut {
  readonly id: number;
  readonly address: string;
  readonly host: string;
  readonly secure: boolean;
  channelBinding: Uint8Array = NO_BINDING;
  session: Session | null = null;
  ended = false;
  wheelSlot = -1;

  readonly #parts: ConnectionParts;
  readonly #wire: Wire;
  readonly #channel: ServerSide;
  readonly #outbound: Outbound;
  readonly #intake: Intake;
  readonly #liveness: Liveness;
  /** Second at which the channel opened, or -1. */
  #openedAt = -1;
  #looks = 0;
  #ticketsOwed = 0;
  #paused = false;
  #heardWhileBlocked = 0;

  constructor(parts: ConnectionParts, wire: Wire, caller: Caller) {
    this.id = caller.id;
    this.address = caller.address;
    this.host = caller.host;
    this.secure = caller.secure;
    this.#parts = parts;
    this.#wire = wire;
    this.#channel =
      caller.subprotocol === SUBPROTOCOL_CLEAR
        ? new ClearServerChannel(parts.channel, this)
        : new ServerChannel(parts.channel, this);
    this.#outbound = new Outbound(this.#channel, wire, parts.limits, parts.turn, this);
    this.#intake = new Intake(parts, this);
    this.#liveness = new Liveness(parts.wheel.second);
  }

  start(): void {
    this.#parts.connections.add(this);
    this.#parts.wheel.schedule(this, this.#parts.limits.lookSeconds);
    try {
      this.#channel.start();
    } catch (error) {
      this.broken(error);
    }
  }

  // From the socket

  received(frame: Uint8Array, binary: boolean): void {
    if (this.ended) return;
    this.#liveness.heard(this.#parts.wheel.second);
    if (!binary) {
      this.close("bad_frame");
      return;
    }
    this.#wire.cork();
    try {
      this.#channel.receive(frame);
    } catch (error) {
      this.broken(error);
    } finally {
      this.#wire.uncork();
    }
    this.#resistFlood();
  }

  /** A WebSocket ping, which some programs send to stay connected. No sign of life (R11): a proxy can send it for nobody. */
  pinged(data: Uint8Array): void {
    if (this.ended) return;
    // Who does not read the answers gets no more of them.
    if (this.#wire.unsentBytes === 0) this.#wire.pong(data);
  }

  /** The other side took everything that was written. */
  drained(): void {
    if (this.ended) return;
    this.#liveness.heard(this.#parts.wheel.second);
    try {
      this.#goOn();
    } catch (error) {
      this.broken(error);
    }
  }

  disconnected(): void {
    this.#cleanUp();
    this.#parts.connections.remove(this);
  }

  // From the node

  retire(farewell: Farewell): void {
    this.#intake.retire(() => this.close("restart", JSON.stringify({ ...farewell, undone: true })));
  }

  // Peer: from meaning

  signIn(session: Session): void {
    this.#signIn(session, TICKETS_AFTER_SIGN_IN);
  }

  push(event: EncodedEvent): void {
    if (this.ended || this.session === null) return;
    try {
      this.#outbound.event(event);
    } catch (error) {
      this.broken(error);
    }
  }

  close(reason: CloseReason, detail = ""): void {
    if (this.ended) return;
    try {
      this.#outbound.flush();
      this.#channel.close(reason, detail);
    } catch (error) {
      this.broken(error);
    }
  }

  // From the channel

  send(frame: Uint8Array): void {
    this.#wire.send(frame);
  }

  event(event: ServerChannelEvent): void {
    switch (event.type) {
      case "open":
        this.#opened(event);
        return;
      case "text":
        this.#intake.read(event.text);
        return;
      case "binary":
        this.close("protocol_violation");
        return;
      case "closing":
        this.#end(closeCode("normal"), "");
        return;
      case "closed":
        this.#parts.log.debug("connection closed", { connection: this.id, reason: event.reason });
        this.#end(closeCode(event.reason), event.detail);
        return;
      case "failed":
        this.#parts.log.info("connection failed", {
          connection: this.id,
          address: this.address,
          reason: event.reason,
        });
        this.#end(closeCode(event.reason), waitText(event.retryAfterMs));
        return;
      default:
        return event satisfies never;
    }
  }

  async checkTicket(claims: TicketClaims): Promise<boolean> {
    // Whoever sends this hello may have recorded it: until FINISHED nothing happens to the session.
    const { admission, services } = this.#parts;
    return admission.admitResumption(claims.sessionId) && isOf(claims, await services.sessions.find(claims.sessionId));
  }

  admitFull(): number {
    return this.#parts.admission.admitHandshake(this.address);
  }

  // From the intake, the turn and the wheel

  reply(line: Uint8Array): void {
    this.#outbound.reply(line);
    const unsent = this.#outbound.unsentBytes;
    if (this.session === null && unsent > this.#parts.limits.unsentStrangerBytes) this.close("slow_consumer");
    else if (unsent > this.#parts.limits.unsentReadBytes) this.#stopReading();
  }

  get congested(): boolean {
    return this.#outbound.congested;
  }

  flush(): void {
    try {
      if (this.#ticketsOwed > 0) this.#flushTickets();
      else this.#outbound.turnEnded();
    } catch (error) {
      this.broken(error);
    }
  }

  onTimer(): number {
    try {
      this.#look();
    } catch (error) {
      this.broken(error);
    }
    return this.ended ? 0 : this.#parts.limits.lookSeconds;
  }

  // Sign-in

  #opened(event: Extract<ServerChannelEvent, { type: "open" }>): void {
    this.#openedAt = this.#parts.wheel.second;
    this.channelBinding = event.binding;
    if (event.transport === "tls" && !this.secure) {
      // A hop that nobody vouches for took TLS off, or a proxy is missing from the trusted ones.
      this.#parts.log.warn("client dialled TLS, socket has none", { connection: this.id, address: this.address });
    }
    if (event.claims === null) return;
    metrics.signIns.add("ticket");
    this.#signIn(event.claims, 1);
    void this.#use(event.claims);
  }

  /** Only now that the holder of the ticket has proved to be there. */
  async #use({ sessionId }: Session): Promise<void> {
    try {
      if ((await this.#parts.services.sessions.use(sessionId)) === null) this.close("session_revoked");
    } catch (error) {
      this.#parts.log.warn("session not prolonged", { connection: this.id, error });
    }
  }

  #signIn(session: Session, tickets: number): void {
    if (this.ended || this.session !== null) return;
    const { userId, deviceId, sessionId } = session;
    this.session = { userId, deviceId, sessionId };
    this.#parts.admission.release(this.address);
    this.#channel.signedIn();
    this.#parts.services.live.attach(this);
    // They leave together with the reply.
    this.#ticketsOwed = tickets;
    this.#parts.turn.add(this);
  }

  /** In one write with the reply to the sign-in. */
  #flushTickets(): void {
    this.#wire.cork();
    try {
      this.#sendTickets();
      this.#outbound.turnEnded();
    } finally {
      this.#wire.uncork();
    }
  }

  #sendTickets(): void {
    for (; this.#ticketsOwed > 0 && this.session !== null && !this.ended; this.#ticketsOwed -= 1) {
      this.#channel.sendTicket(this.session);
    }
  }

  // Care

  #look(): void {
    const { wheel, limits } = this.#parts;
    const state = this.#liveness.look(wheel.second, this.#outbound.unsentBytes, this.#wire.drainMark, limits);
    if (state === "stalled") this.close("slow_consumer");
    else if (state === "silent") this.close("idle");
    else if (this.#overdueForSignIn) this.close("auth_timeout");
    else {
      this.#looks += 1;
      if (this.#looks % 2 === 0 && !this.#outbound.congested) this.#channel.ping();
      this.#goOn();
    }
  }

  get #overdueForSignIn(): boolean {
    const { wheel, limits } = this.#parts;
    return this.session === null && this.#openedAt >= 0 && wheel.second - this.#openedAt >= limits.authSeconds;
  }

  /** Each frame may cause an answer: who reads none of them is not heard for long. */
  #resistFlood(): void {
    if (this.ended || !this.#wire.blocked) return;
    this.#heardWhileBlocked += 1;
    if (this.#heardWhileBlocked >= this.#parts.limits.framesWhileBlocked) this.#stopReading();
  }

  #stopReading(): void {
    if (this.#paused || this.ended) return;
    this.#paused = true;
    this.#wire.pause();
  }

  /** After bytes have drained: what waited for it. */
  #goOn(): void {
    if (this.#wire.blocked) return;
    this.#heardWhileBlocked = 0;
    this.#outbound.drained();
    this.#intake.wake();
    if (this.#paused && !this.#outbound.congested) {
      this.#paused = false;
      this.#wire.resume();
    }
  }

  // The end

  broken(error: unknown): void {
    this.#parts.log.error("connection broken", { connection: this.id, error });
    this.#end(CLOSE_BROKEN, "");
  }

  #end(code: number, text: string): void {
    if (this.ended) return;
    this.#cleanUp();
    // The answer to our close frame has to be read.
    if (this.#paused) this.#wire.resume();
    this.#wire.close(code, Buffer.byteLength(text) <= CLOSE_TEXT_MAX ? text : "");
  }

  #cleanUp(): void {
    if (this.ended) return;
    this.ended = true;
    const { wheel, admission, services, log } = this.#parts;
    wheel.cancel(this);
    // A handshake that nobody will finish would be kept by its timer.
    this.#channel.dispose();
    this.#intake.clear();
    this.#outbound.discard();
    try {
      if (this.session === null) admission.release(this.address);
      else services.live.detach(this);
    } catch (error) {
      log.error("connection not detached", { connection: this.id, error });
    }
  }
}

function isOf(claims: TicketClaims, session: Session | null): boolean {
  return session?.userId === claims.userId && session.deviceId === claims.deviceId;
}

function waitText(retryAfterMs: number | undefined): string {
  return retryAfterMs === undefined ? "" : JSON.stringify({ after: retryAfterMs });
}
