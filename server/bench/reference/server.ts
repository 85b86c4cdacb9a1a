import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { type Caller, Conversation } from "./conversation.ts";
import { HELLO_TOKEN, NONCE_BYTES, TOKEN_SECRET } from "./hello.ts";
import { Sealed, x25519Pair, x25519Secret } from "./sealed.ts";

/**
 * The reference that Parley is measured against: bare `ws`, one sealed record per recipient, Redis before the
 * acknowledgement. With `--coalesce` what is ready for one recipient in one turn shares a record.
 */
const { values } = parseArgs({
  options: { redis: { type: "string", default: "" }, coalesce: { type: "boolean", default: false } },
});

const HEARTBEAT_MS = 30_000;
const NEWLINE = Buffer.from("\n");

class Connection implements Caller {
  private readonly socket: WebSocket;
  private readonly conversation: Conversation;
  private sealed: Sealed | null = null;
  private queue: Buffer[] | null = null;

  constructor(socket: WebSocket, conversation: Conversation) {
    this.socket = socket;
    this.conversation = conversation;
  }

  get binding(): Buffer {
    return this.channel.binding;
  }

  receive(frame: Buffer): void {
    if (this.sealed === null) return this.agree(frame);
    for (const line of this.sealed.open(frame).toString().split("\n")) {
      this.conversation.handle(this, line).catch((error: Error) => this.socket.close(4000, error.message));
    }
  }

  tell(line: Buffer): void {
    if (!values.coalesce) return this.socket.send(this.channel.seal(line));
    if (this.queue === null) {
      this.queue = [];
      setImmediate(() => this.flush());
    } else this.queue.push(NEWLINE);
    this.queue.push(line);
  }

  private flush(): void {
    const lines = this.queue ?? [];
    this.queue = null;
    this.socket.send(this.channel.seal(lines.length === 1 ? (lines[0] as Buffer) : Buffer.concat(lines)));
  }

  private get channel(): Sealed {
    if (this.sealed === null) throw new Error("no keys yet");
    return this.sealed;
  }

  private agree(hello: Buffer): void {
    const clientNonce = hello.subarray(1, 1 + NONCE_BYTES);
    const nonce = randomBytes(NONCE_BYTES);
    const nonces = Buffer.concat([clientNonce, nonce]);
    if (hello[0] === HELLO_TOKEN) {
      this.sealed = new Sealed(TOKEN_SECRET, nonces, "server");
      this.socket.send(nonce);
    } else {
      const pair = x25519Pair();
      this.sealed = new Sealed(x25519Secret(pair, hello.subarray(1 + NONCE_BYTES)), nonces, "server");
      this.socket.send(Buffer.concat([nonce, pair.publicBytes]));
    }
  }
}

const redis = new Redis(values.redis, { protocol: 2 });
const conversation = new Conversation(redis);
const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate: false,
  skipUTF8Validation: true,
  maxPayload: 65_554,
});
server.on("connection", (socket) => {
  const connection = new Connection(socket, conversation);
  socket.on("message", (data: RawData) => connection.receive(data as Buffer));
  socket.on("close", () => conversation.leave(connection));
  socket.on("error", () => socket.terminate());
});
const heartbeat = setInterval(() => {
  for (const socket of server.clients) socket.ping();
}, HEARTBEAT_MS);
server.on("listening", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`ready on http://127.0.0.1:${port}\n`);
});
process.once("SIGTERM", () => {
  clearInterval(heartbeat);
  for (const socket of server.clients) socket.terminate();
  server.close();
  redis.disconnect();
});
