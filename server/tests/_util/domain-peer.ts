import { type Algorithm, hashRaw } from "@node-rs/argon2";
import {
  type CloseReason,
  canonicalHandle,
  type EventData,
  type EventName,
  type Method,
  type Params,
  REQUESTS,
  type Result,
} from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { scramPassword, scramProve } from "@parley/protocol/secure";
import { Value } from "typebox/value";
import type { Handlers } from "../../src/api/handlers.ts";
import { RawJson } from "../../src/api/raw-json.ts";
import type { EncodedEvent, Peer, Session } from "../../src/live/caller.ts";
import type { Live } from "../../src/live/live.ts";
import { Waits, within } from "./patience.ts";

interface PushedEvent {
  readonly method: string;
  readonly params: unknown;
}

/** Of what came instead. */
const SHOWN = 20;
const SHOWN_CHARS = 400;

let lastId = 0;

/** A connection without a socket: calls handlers as dispatch does, and keeps what is pushed. */
export class DomainPeer implements Peer {
  readonly id = ++lastId;
  readonly address: string;
  /** A test that transfers files sets it to where the store listens. */
  host = "parley.test";
  readonly secure = false;
  readonly channelBinding: Uint8Array = new Uint8Array(32).fill(this.id & 0xff);
  /** What the client takes for the channel's binding: another one when somebody sits in between. */
  clientBinding: Uint8Array = this.channelBinding;
  session: Session | null = null;
  readonly events: PushedEvent[] = [];
  readonly #gone: Promise<CloseReason>;
  readonly #handlers: Handlers;
  readonly #live: Live;
  #close: (reason: CloseReason) => void = () => {};
  readonly #waits = new Waits();

  constructor(handlers: Handlers, live: Live, address: string) {
    this.#handlers = handlers;
    this.#live = live;
    this.address = address;
    this.#gone = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  signIn(session: Session): void {
    this.session = session;
    this.#live.attach(this);
  }

  push({ line }: EncodedEvent): void {
    const event = JSON.parse(Buffer.from(line).toString()) as PushedEvent;
    this.events.push(event);
    this.#waits.wake();
  }

  close(reason: CloseReason): void {
    this.hangUp();
    this.#close(reason);
  }

  hangUp(): void {
    this.#live.detach(this);
  }

  /** Result of a method, checked against its schema as a client would. */
  async call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const handle = this.#handlers[method] as (peer: Peer, params: Params<M>) => Promise<unknown>;
    const answer = await handle(this, params);
    const result = answer instanceof RawJson ? JSON.parse(Buffer.from(answer.bytes).toString()) : answer;
    const [error] = Value.Errors(REQUESTS[method].result, result);
    if (error !== undefined) {
      throw new Error(`${method} answers what its schema does not know: ${error.instancePath} ${error.message}`);
    }
    return result as Result<M>;
  }

  /** The first such event that was pushed, or will be. */
  async event<E extends EventName>(method: E, matches: (data: EventData<E>) => boolean = () => true) {
    let found: PushedEvent | undefined;
    const find = () => {
      found = this.events.find((one) => one.method === method && matches(one.params as EventData<E>));
      return found !== undefined;
    };
    await this.#waits.until(find, () => this.#instead(`${method} that matches ${matches}`));
    return found?.params as EventData<E>;
  }

  /** Resolves when so many such events were pushed. */
  async heard(method: EventName, count: number): Promise<void> {
    await this.#waits.until(
      () => this.pushed(method).length >= count,
      () => this.#instead(`${count} times ${method}`),
    );
  }

  /** Resolves when the node has ended the connection. */
  get closed(): Promise<CloseReason> {
    return within(this.#gone, () => this.#instead("the end of the connection"));
  }

  pushed<E extends EventName>(method: E): EventData<E>[] {
    return this.events.filter((event) => event.method === method).map(({ params }) => params as EventData<E>);
  }

  async register(handle: string, password = "k7-quiet-harbour"): Promise<this> {
    await this.call("auth.register", { handle, password, device: { name: "test" } });
    return this;
  }

  /** As a client does it, argon2 included. Answers the token. */
  async signInAs(handle: string, password = "k7-quiet-harbour"): Promise<string> {
    const clientNonce = nodeCrypto.sha256(Buffer.from(`${this.id} ${handle}`));
    const start = await this.call("auth.scramStart", { handle, clientNonce: base64(clientNonce) });
    const { memoryKiB, iterations, parallelism } = start;
    const salt = Buffer.from(start.salt, "base64url");
    const secret = await argon2(password, start);
    const serverNonce = Buffer.from(start.serverNonce, "base64url");
    const exchange = { user: canonicalHandle(handle), clientNonce, serverNonce, salt, binding: this.clientBinding };
    const { clientProof, serverSignature } = scramProve(nodeCrypto, secret, {
      ...exchange,
      memoryKiB,
      iterations,
      parallelism,
    });
    const done = await this.call("auth.scramFinish", { clientProof: base64(clientProof), device: { name: "test" } });
    if (done.serverSignature !== base64(serverSignature)) throw new Error("The server did not know the password");
    return done.token;
  }

  #instead(what: string): string {
    const heard = this.events.slice(-SHOWN).map((one) => JSON.stringify(one).slice(0, SHOWN_CHARS));
    return `${what}. Heard last:\n${heard.join("\n")}`;
  }

  get userId(): string {
    if (this.session === null) throw new Error("Not signed in");
    return this.session.userId;
  }
}

const salted = new Map<string, Promise<Uint8Array>>();

/** What a device with the same password and salt has computed already is not computed again. */
function argon2(password: string, start: Result<"auth.scramStart">): Promise<Uint8Array> {
  const key = `${start.salt} ${password}`;
  const known = salted.get(key);
  if (known !== undefined) return known;
  const fresh = hashRaw(scramPassword(password), {
    algorithm: 2 as Algorithm,
    memoryCost: start.memoryKiB,
    timeCost: start.iterations,
    parallelism: start.parallelism,
    outputLen: 32,
    salt: Buffer.from(start.salt, "base64url"),
  });
  salted.set(key, fresh);
  return fresh;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
