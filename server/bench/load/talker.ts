import { randomFillSync } from "node:crypto";
import { ReplyError, type ReplyErrorName } from "@parley/protocol";
import type { Tally } from "./tally.ts";

/** A sealed connection, whichever server it leads to. */
export interface Link {
  sendText(text: string): void;
  /** From now on what comes is dropped unopened. */
  deafen(): void;
  close(): void;
}

/** Sends of one connection that wait for their reply; the server takes 64. Only a disk that stalls brings it about. */
const AT_ONCE = 60;

/** Requests and replies begin with it. */
const REPLY = '{"jsonrpc":"2.0","id":';
/** What follows the id then. */
const REFUSED = ',"error":';
/** More than there are requests in any run. */
const ID_DIGITS = 10;
const MESSAGE_NEW = '{"jsonrpc":"2.0","method":"message.new"';

/**
 * A lean client: matches replies to requests and counts messages, but does not parse them. With the whole client
 * library on a thousand connections the generator and not the server would be the limit.
 */
export class Talker {
  /** Why the connection ended; null while it has not. */
  closed: string | null = null;
  private readonly blocked: (() => void)[] = [];
  /** What is done with the line of a reply, or with why there will be none. */
  private readonly waiting = new Map<number, (reply: string | Error) => void>();
  private nextId = 1;
  private link: Link | null = null;
  private readonly tally: Tally;

  constructor(tally: Tally) {
    this.tally = tally;
  }

  attach(link: Link): void {
    this.link = link;
  }

  /** NDJSON. */
  receive(text: string): void {
    let deliveries = 0;
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf("\n", from);
      const to = newline === -1 ? text.length : newline;
      if (text.startsWith(MESSAGE_NEW, from)) deliveries++;
      else if (text.startsWith(REPLY, from)) this.reply(text.slice(from, to));
      from = to + 1;
    }
    if (deliveries > 0) this.tally.add(deliveries);
  }

  async request<T>(method: string, params: unknown): Promise<T> {
    return (JSON.parse(await this.requestText(method, JSON.stringify(params))) as { result: T }).result;
  }

  /** The reply's line as it came. For one whose machine is another one: encoding and parsing would measure this one. Rejects when refused. */
  requestText(method: string, paramsJson: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.link === null || this.closed !== null) return reject(new Error(`closed: ${this.closed}`));
      const id = this.nextId++;
      this.waiting.set(id, (reply) => {
        if (reply instanceof Error) reject(reply);
        else if (reply.startsWith(REFUSED, REPLY.length + String(id).length)) reject(refusal(method, reply));
        else resolve(reply);
      });
      this.link.sendText(`${REPLY}${id},"method":"${method}","params":${paramsJson}}`);
    });
  }

  /** Resolves with the milliseconds to the acknowledgement, counted from the call. */
  async send(chatId: string, text: string): Promise<number> {
    const startedAt = performance.now();
    while (this.waiting.size >= AT_ONCE) await new Promise<void>((resolve) => this.blocked.push(resolve));
    await this.request("message.send", { chatId, clientId: newClientId(), kind: "text", body: { text } });
    return performance.now() - startedAt;
  }

  ended(why: string): void {
    if (this.closed !== null) return;
    this.closed = why;
    for (const settle of this.waiting.values()) settle(new Error(`closed: ${why}`));
    this.waiting.clear();
    for (const resume of this.blocked.splice(0)) resume();
  }

  /** One of many whose machine is another one: opening what they get would measure this one. */
  deafen(): void {
    this.link?.deafen();
  }

  close(): void {
    this.link?.close();
  }

  private reply(line: string): void {
    const id = Number.parseInt(line.slice(REPLY.length, REPLY.length + ID_DIGITS), 10);
    const settle = this.waiting.get(id);
    this.waiting.delete(id);
    settle?.(line);
    this.blocked.shift()?.();
  }
}

interface Refused {
  readonly message: string;
  readonly data: { readonly name: ReplyErrorName; readonly retryAfterMs: number };
}

function refusal(method: string, line: string): ReplyError {
  const { message, data } = (JSON.parse(line) as { error: Refused }).error;
  return new ReplyError(data.name, { message: `${method}: ${message}`, retryAfterMs: data.retryAfterMs });
}

/** UUID version 7 (RFC 9562 section 5.7). */
export function newClientId(): string {
  const bytes = randomFillSync(Buffer.allocUnsafe(16));
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8(((bytes[6] ?? 0) & 0x0f) | 0x70, 6);
  bytes.writeUInt8(((bytes[8] ?? 0) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
