import { once } from "node:events";
import { closeCode, decodeFrame, type EventName, type Frame, type Method, ReplyError } from "@parley/protocol";
import { nodeClock, nodeRandom } from "@parley/protocol/client-node";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import {
  ClientChannel,
  type ClientChannelEvent,
  type ClientChannelOptions,
  type PresentedIdentity,
  type StoredTicket,
  SUBPROTOCOL_SEALED,
} from "@parley/protocol/secure";
import { WebSocket } from "ws";
import { Waits, within } from "./patience.ts";

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Of what came instead of what was waited for. */
const SHOWN = 10;
const SHOWN_CHARS = 300;

export interface RawOptions extends Partial<ClientChannelOptions> {
  /** Changes a frame on its way out; null drops it. */
  readonly tamper?: (frame: Uint8Array) => Uint8Array | null;
}

/**
 * One sealed connection without any of the client library's kindness: it checks nothing, resends nothing and says
 * whatever a test tells it to.
 */
export class RawConnection {
  readonly socket: WebSocket;
  readonly channel: ClientChannel;
  /** Of this channel; set once it is open. */
  binding = new Uint8Array(32);
  identity: PresentedIdentity | null = null;
  readonly events: { readonly method: string; readonly params: unknown }[] = [];
  readonly tickets: StoredTicket[] = [];
  /** How the channel ended by its own judgement, when it did. */
  failure: Extract<ClientChannelEvent, { type: "failed" }> | null = null;
  private readonly gone: Promise<number>;
  /** Hears each application message before it is understood. */
  overhear: (text: string) => void = () => {};
  private readonly strays: string[] = [];
  private readonly waiting = new Map<number, (frame: Frame) => void>();
  private readonly waits = new Waits();
  private nextId = 1;
  private opened: (() => void) | null = null;

  private constructor(url: string, options: RawOptions, share: ClientChannelOptions["share"]) {
    this.socket = new WebSocket(url, [SUBPROTOCOL_SEALED], { perMessageDeflate: false });
    this.socket.binaryType = "nodebuffer";
    const { tamper = (frame: Uint8Array) => frame, ...channel } = options;
    const settings: ClientChannelOptions = {
      crypto: nodeCrypto,
      random: nodeRandom,
      clock: nodeClock,
      transport: url.startsWith("wss:") ? "tls" : "plain",
      share,
      pin: null,
      ticket: null,
      clientInfo: "test/1",
      maxMessage: MAX_MESSAGE_BYTES,
      ...channel,
    };
    this.channel = new ClientChannel(settings, {
      send: (frame) => {
        const sent = tamper(frame);
        if (sent) this.socket.send(sent);
      },
      event: (event) => this.hear(event),
    });
    this.socket.on("open", () => this.channel.start());
    this.socket.on("message", (data: Buffer) => this.channel.receive(data));
    this.socket.on("error", () => {});
    this.gone = once(this.socket, "close").then(([code]) => {
      for (const settle of this.waiting.values())
        settle({ type: "error", id: null, error: new ReplyError("INTERNAL", { message: `closed ${code}` }) });
      this.waiting.clear();
      this.waits.wake();
      return code as number;
    });
  }

  /** Resolves when the channel is open; throws when it ends instead. */
  static async open(url: string, options: RawOptions = {}): Promise<RawConnection> {
    const connection = await RawConnection.dial(url, options);
    const opened = new Promise<void>((resolve) => {
      connection.opened = resolve;
    });
    const gone = connection.gone.then((code) => {
      throw new Error(`closed with ${code} ${connection.failure?.reason ?? ""}`);
    });
    await within(Promise.race([opened, gone]), () => `${url} to open a channel`);
    return connection;
  }

  /** Does not wait: for handshakes that are meant to fail. */
  static async dial(url: string, options: RawOptions = {}): Promise<RawConnection> {
    const share = options.share === undefined ? await nodeCrypto.generateShare("x25519") : options.share;
    return new RawConnection(url, options, share);
  }

  /** Params of any shape; a refusal is thrown as `ReplyError`. */
  async request(method: Method | (string & {}), params: unknown): Promise<unknown> {
    const frame = await this.requestFrame(method, params);
    if (frame.type === "error") throw frame.error;
    if (frame.type !== "result") throw new Error(`${frame.type} is no reply`);
    return frame.result;
  }

  /** The name of the refusal, or "ok". */
  async refusal(method: Method | (string & {}), params: unknown): Promise<string> {
    const frame = await this.requestFrame(method, params);
    return frame.type === "error" ? frame.error.name : "ok";
  }

  sendText(text: string): void {
    this.channel.sendText(text);
  }

  /** Resolves when an event of this kind that `matches` is or was there. */
  async event(method: EventName, matches: (params: never) => boolean = () => true): Promise<unknown> {
    let found: RawConnection["events"][number] | undefined;
    const find = () => {
      found = this.events.find((event) => event.method === method && matches(event.params as never));
      return found !== undefined;
    };
    await this.waits.until(
      () => find() || this.isClosed,
      () => this.instead(`${method} that matches ${matches}`),
    );
    if (found === undefined) throw new Error(`closed before ${method}`);
    return (found as RawConnection["events"][number]).params;
  }

  /** Resolves with the names of the errors that answer no id in particular, once there are so many. */
  async unaddressed(count: number): Promise<readonly string[]> {
    await this.waits.until(
      () => this.strays.length >= count || this.isClosed,
      () => this.instead(`${count} errors, has ${this.strays}`),
    );
    if (this.strays.length < count) throw new Error("closed before they came");
    return this.strays;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  /** Resolves with the close code of the socket. */
  get closed(): Promise<number> {
    return within(this.gone, () => this.instead("the end of the connection"));
  }

  /** What is answered to a line that the test has written itself; `write` is given its id. */
  async answerTo(write: (id: number) => string): Promise<Frame> {
    const id = this.nextId++;
    const line = write(id);
    const answer = new Promise<Frame>((resolve) => this.waiting.set(id, resolve));
    this.sendText(line);
    return within(answer, () => this.instead(`the answer to ${line.slice(0, SHOWN_CHARS)}`));
  }

  private get isClosed(): boolean {
    return this.socket.readyState === WebSocket.CLOSED;
  }

  private instead(what: string): string {
    const heard = this.events.slice(-SHOWN).map((event) => JSON.stringify(event).slice(0, SHOWN_CHARS));
    return `${what}. Heard last:\n${heard.join("\n")}`;
  }

  private requestFrame(method: string, params: unknown): Promise<Frame> {
    // Not as the client library writes it, which mends what it is given.
    return this.answerTo((id) => JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  }

  private hear(event: ClientChannelEvent): void {
    switch (event.type) {
      case "open":
        this.binding = new Uint8Array(event.binding);
        this.identity = event.identity;
        this.opened?.();
        return;
      case "text":
        this.overhear(event.text);
        for (const line of event.text.split("\n")) this.hearFrame(decodeFrame(line));
        return;
      case "failed":
        this.failure = event;
        this.socket.close(closeCode(event.reason));
        return;
      case "ticket":
        this.tickets.push(event.ticket);
        return;
      case "binary":
      case "alive":
      case "closing":
      case "closed":
        return;
    }
  }

  private hearFrame(frame: Frame): void {
    if (frame.type === "event") {
      this.events.push({ method: frame.method, params: frame.params });
      this.waits.wake();
      return;
    }
    if (frame.type === "request" || frame.id === null) {
      this.strays.push(frame.type === "error" ? frame.error.name : frame.type);
      this.waits.wake();
      return;
    }
    const settle = this.waiting.get(frame.id);
    this.waiting.delete(frame.id);
    settle?.(frame);
  }
}
