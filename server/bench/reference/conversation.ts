import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { encodeEvent, encodeResult } from "@parley/protocol";
import type { Redis } from "ioredis";
import { USER_VERIFIER } from "./hello.ts";

/** What a request may do to the connection that it came over. */
export interface Caller {
  readonly binding: Buffer;
  tell(line: Buffer): void;
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const SESSION_SECONDS = 3600;

/**
 * The bare conversation: rooms in memory, a message in Redis before it is acknowledged, then the same line to everybody.
 * Same JSON as Parley's, so that both parse, seal and send as many bytes.
 */
export class Conversation {
  private readonly redis: Redis;
  private readonly rooms = new Map<string, Set<Caller>>();

  constructor(redis: Redis) {
    this.redis = redis;
  }

  leave(caller: Caller): void {
    for (const room of this.rooms.values()) room.delete(caller);
  }

  async handle(caller: Caller, line: string): Promise<void> {
    const { id, method, params } = JSON.parse(line) as Request;
    const result = await this.answer(caller, method, params);
    caller.tell(Buffer.from(encodeResult(id, typeof result === "string" ? result : JSON.stringify(result))));
    if (method === "message.send") this.deliver(caller, params, result as Placed);
  }

  private async answer(caller: Caller, method: string, params: Request["params"]): Promise<Placed | object | string> {
    switch (method) {
      case "auth.resume":
        if ((await this.redis.get(`s:${String(params.token)}`)) === null) throw new Error("no such session");
        return {};
      case "auth.cold":
        return await this.signIn(caller, params);
      case "room.join": {
        const room = this.rooms.get(String(params.chatId)) ?? new Set();
        this.rooms.set(String(params.chatId), room.add(caller));
        return {};
      }
      case "message.send":
        return await this.append(params);
      case "message.history": {
        const entries = await this.redis.lrangeBuffer(`m:${String(params.chatId)}`, -Number(params.limit), -1);
        return `{"messages":[${entries.join(",")}]}`;
      }
      default:
        throw new Error(`no method ${method}`);
    }
  }

  /** The proof is bound to the connection, as SCRAM's is. */
  private async signIn(caller: Caller, { user, proof }: Request["params"]): Promise<object> {
    const verifier = await this.redis.hget(`u:${String(user)}`, "verifier");
    const expected = createHmac("sha256", Buffer.from(verifier ?? "", "base64url"))
      .update(caller.binding)
      .digest();
    if (!timingSafeEqual(expected, Buffer.from(String(proof), "base64url"))) throw new Error("wrong proof");
    const token = randomBytes(32).toString("base64url");
    await this.redis.set(`s:${token}`, JSON.stringify({ user, createdAt: Date.now() }), "EX", SESSION_SECONDS, "NX");
    return { token };
  }

  private async append({ chatId, clientId, kind, body }: Request["params"]): Promise<Placed> {
    const sentAt = Date.now();
    const entry = JSON.stringify({ sender: SENDER, clientId, sentAt, kind, body });
    return { seq: await this.redis.rpush(`m:${String(chatId)}`, entry), sentAt };
  }

  private deliver(from: Caller, { chatId, clientId, kind, body }: Request["params"], { seq, sentAt }: Placed): void {
    const event = { chatId, seq, sender: SENDER, clientId, sentAt, kind, body };
    const line = Buffer.from(encodeEvent("message.new", JSON.stringify(event)));
    for (const caller of this.rooms.get(String(chatId)) ?? []) if (caller !== from) caller.tell(line);
  }
}

interface Placed {
  readonly seq: number;
  readonly sentAt: number;
}

/** As long as a user id of Parley's. */
const SENDER = "a".repeat(26);

export async function prepareUsers(redis: Redis, users: readonly string[]): Promise<void> {
  const verifier = USER_VERIFIER.toString("base64url");
  const pipeline = redis.pipeline();
  for (const user of users) pipeline.hset(`u:${user}`, "verifier", verifier).set(`s:token-${user}`, user);
  await pipeline.exec();
}
