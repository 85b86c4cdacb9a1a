import type { TurnCredentials } from "../credentials.ts";
import type { TurnUrl } from "../turn-url.ts";
import {
  ATTRIBUTE,
  type Attribute,
  addressOf,
  attributeOf,
  decodeMessage,
  type Endpoint,
  encodeMessage,
  errorCodeOf,
  hasIntegrity,
  longTermKey,
  METHOD,
  type Message,
  newTransaction,
  xorAddress,
} from "./message.ts";
import { TurnProblem } from "./problem.ts";
import { openTransport, type Transport } from "./transport.ts";

/** RFC 8489, 6.2.1: a lost packet is sent again after half a second, then after twice as long each time. */
const RETRANSMIT_MS = 500;
/** Protocol 17 of IP: what is relayed is UDP, however one talks to the relay. */
const UDP_PROTOCOL = Buffer.from([17, 0, 0, 0]);
const IPV6_FAMILY = Buffer.from([2, 0, 0, 0]);
/** Packets that came before anybody asked; more are dropped, as UDP may. */
const RECEIVED_MAX = 64;

export interface TurnClientOptions {
  readonly url: TurnUrl;
  readonly credentials: Pick<TurnCredentials, "username" | "credential">;
  /** How long one answer may take. */
  readonly patienceMs: number;
  readonly ca?: string | undefined;
  /** Only for tests: claims to be of another realm than the relay's. */
  readonly realm?: string;
}

export interface Received {
  readonly from: Endpoint;
  readonly data: Buffer;
}

interface Pending {
  settle(answer: Message | TurnProblem): void;
}

/** One allocation on a relay: the little of TURN that a test of a relay needs. Every problem is a `TurnProblem`. */
export class TurnClient {
  readonly #options: TurnClientOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #received: Received[] = [];
  readonly #waiting = new Set<(received: Received | TurnProblem) => void>();
  #transport: Transport | undefined;
  #failed: TurnProblem | undefined;
  #allocated = false;
  #realm = "";
  #nonce = Buffer.alloc(0);

  private constructor(options: TurnClientOptions) {
    this.#options = options;
  }

  static async open(options: TurnClientOptions): Promise<TurnClient> {
    const client = new TurnClient(options);
    const events = {
      message: (bytes: Buffer) => client.#take(bytes),
      failed: (problem: TurnProblem) => client.#fail(problem),
    };
    client.#transport = await openTransport(options.url, events, options);
    return client;
  }

  /** The relay's address, as the name was resolved. */
  get address(): string {
    return this.#transport?.address ?? "";
  }

  /** Asks for an address of the relay. `mapped` is one's own, as the relay sees it. */
  async allocate(family: "ipv4" | "ipv6" = "ipv4"): Promise<{ relayed: Endpoint; mapped: Endpoint }> {
    const wanted: Attribute[] = [[ATTRIBUTE.requestedTransport, UDP_PROTOCOL]];
    if (family === "ipv6") wanted.push([ATTRIBUTE.requestedAddressFamily, IPV6_FAMILY]);
    const answer = await this.#request(METHOD.allocate, () => wanted);
    this.#allocated = true;
    const relayed = addressOf(answer, ATTRIBUTE.xorRelayedAddress);
    const mapped = addressOf(answer, ATTRIBUTE.xorMappedAddress);
    if (relayed === undefined || mapped === undefined) throw new TurnProblem("not-turn", "It gave no address.");
    return { relayed, mapped };
  }

  /** Lets packets from and to an address pass, whatever their port. */
  async permit(address: string): Promise<void> {
    await this.#request(METHOD.createPermission, (transaction) => [
      [ATTRIBUTE.xorPeerAddress, xorAddress({ address, port: 0 }, transaction)],
    ]);
  }

  send(to: Endpoint, data: Buffer): void {
    const transaction = newTransaction();
    const attributes: Attribute[] = [
      [ATTRIBUTE.xorPeerAddress, xorAddress(to, transaction)],
      [ATTRIBUTE.data, data],
    ];
    this.#transport?.send(encodeMessage({ method: METHOD.send, class: "indication", transaction, attributes }));
  }

  /** The next packet that the relay passes on. */
  async receive(): Promise<Received> {
    const ready = this.#received.shift();
    if (ready !== undefined) return ready;
    if (this.#failed !== undefined) throw this.#failed;
    return new Promise((resolve, reject) => {
      const settle = (received: Received | TurnProblem) => {
        clearTimeout(late);
        this.#waiting.delete(settle);
        if (received instanceof TurnProblem) reject(received);
        else resolve(received);
      };
      const late = setTimeout(
        () => settle(new TurnProblem("no-answer", "No packet came in time.")),
        this.#options.patienceMs,
      );
      this.#waiting.add(settle);
    });
  }

  /** Gives the address back, so that it does not count against a quota for ten more minutes. */
  async release(): Promise<void> {
    if (!this.#allocated) return;
    this.#allocated = false;
    await this.#request(METHOD.refresh, () => [[ATTRIBUTE.lifetime, Buffer.alloc(4)]]);
  }

  close(): void {
    this.#fail(new TurnProblem("closed", "Closed here."));
    this.#transport?.close();
  }

  /** The relay first refuses everybody, with what its long-term credentials need: realm and nonce (RFC 8489, 9.2). */
  async #request(method: number, attributes: (transaction: Buffer) => Attribute[]): Promise<Message> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#exchange(method, attributes);
      if (answer.class === "success") return answer;
      const code = errorCodeOf(answer);
      const nonce = attributeOf(answer, ATTRIBUTE.nonce);
      // 401 before one has the nonce, 438 when it is stale. A 401 to signed credentials is a refusal.
      const challenged = code === 438 || (code === 401 && this.#nonce.length === 0);
      if (!challenged || nonce === undefined || attempt > 1) {
        throw new TurnProblem("refused", reasonOf(answer), code);
      }
      this.#nonce = Buffer.from(nonce);
      this.#realm = this.#options.realm ?? attributeOf(answer, ATTRIBUTE.realm)?.toString() ?? this.#realm;
    }
  }

  async #exchange(method: number, attributesFor: (transaction: Buffer) => Attribute[]): Promise<Message> {
    if (this.#failed !== undefined) throw this.#failed;
    const { username, credential } = this.#options.credentials;
    const transaction = newTransaction();
    const attributes = attributesFor(transaction);
    const signed = this.#nonce.length > 0;
    if (signed) {
      attributes.push(
        [ATTRIBUTE.username, Buffer.from(username)],
        [ATTRIBUTE.realm, Buffer.from(this.#realm)],
        [ATTRIBUTE.nonce, this.#nonce],
      );
    }
    const key = signed ? longTermKey(username, this.#realm, credential) : undefined;
    const bytes = encodeMessage({ method, class: "request", transaction, attributes }, key);
    return this.#answerTo(transaction, bytes);
  }

  #answerTo(transaction: Buffer, bytes: Buffer): Promise<Message> {
    const id = transaction.toString("hex");
    const { patienceMs } = this.#options;
    return new Promise((resolve, reject) => {
      let again: NodeJS.Timeout | undefined;
      const late = setTimeout(
        () => this.#pending.get(id)?.settle(new TurnProblem("no-answer", "No answer came in time.")),
        patienceMs,
      );
      this.#pending.set(id, {
        settle: (answer) => {
          clearTimeout(late);
          clearTimeout(again);
          this.#pending.delete(id);
          if (answer instanceof TurnProblem) reject(answer);
          else resolve(answer);
        },
      });
      const send = (waitMs: number) => {
        this.#transport?.send(bytes);
        if (this.#transport?.reliable === false) again = setTimeout(send, waitMs, waitMs * 2);
      };
      send(RETRANSMIT_MS);
    });
  }

  #take(bytes: Buffer): void {
    const message = decodeMessage(bytes);
    if (message === undefined) return this.#fail(new TurnProblem("not-turn", "What came back is no STUN message."));
    if (message.class === "indication" && message.method === METHOD.data) return this.#keep(message);
    if (message.class !== "success" && message.class !== "error") return;
    const pending = this.#pending.get(message.transaction.toString("hex"));
    // Only who knows the secret can sign. An error comes unsigned where the relay does not know the user.
    if (message.class === "success" && !this.#isSigned(bytes)) return;
    pending?.settle(message);
  }

  #isSigned(bytes: Buffer): boolean {
    const { username, credential } = this.#options.credentials;
    return hasIntegrity(bytes, longTermKey(username, this.#realm, credential));
  }

  #keep(message: Message): void {
    const from = addressOf(message, ATTRIBUTE.xorPeerAddress);
    const data = attributeOf(message, ATTRIBUTE.data);
    if (from === undefined || data === undefined) return;
    const received = { from, data: Buffer.from(data) };
    const [first] = this.#waiting;
    if (first !== undefined) first(received);
    else if (this.#received.length < RECEIVED_MAX) this.#received.push(received);
  }

  #fail(problem: TurnProblem): void {
    this.#failed ??= problem;
    for (const { settle } of [...this.#pending.values()]) settle(problem);
    for (const settle of [...this.#waiting]) settle(problem);
  }
}

function reasonOf(answer: Message): string {
  const reason = attributeOf(answer, ATTRIBUTE.errorCode)?.subarray(4).toString() ?? "";
  return `${errorCodeOf(answer)} ${reason}`.trim();
}
