import { createHash, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

interface Place {
  readonly chatId: string;
  readonly seq: number;
  readonly fileId: string;
}

class Refused extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(method: string, body: { error?: { data?: { retryAfterMs?: number } } }) {
    super(`${method}: ${JSON.stringify(body)}`);
    this.retryAfterMs = body.error?.data?.retryAfterMs;
  }
}

/** A person who has no page but scripts: says of files what no app would say, and asks for their addresses. */
export class Scripted {
  readonly #server: string;
  readonly #token: string;
  readonly #chatId: string;

  private constructor(server: string, token: string, chatId: string) {
    this.#server = server;
    this.#token = token;
    this.#chatId = chatId;
  }

  static async register(
    server: string,
    { handle, displayName }: { handle: string; displayName: string },
    peer: string,
  ): Promise<Scripted> {
    const ask = (method: string, params: object, token = "") => post(server, token, method, params);
    const device = { name: "script" };
    const { token } = await ask("auth.register", { handle, displayName, password: "vivid-otter-lantern-42", device });
    const { users } = await ask("user.find", { handle: peer }, token);
    const { chat } = await ask("chat.openDirect", { userId: users[0].userId }, token);
    return new Scripted(server, token, chat.chatId);
  }

  /** As fast as the server lets it. */
  async write(text: string): Promise<void> {
    const message = { chatId: this.#chatId, clientId: randomUUID(), kind: "text", body: { text } };
    for (;;) {
      try {
        return await this.#ask("message.send", message);
      } catch (error) {
        if (!(error instanceof Refused) || error.retryAfterMs === undefined) throw error;
        await pause(error.retryAfterMs);
      }
    }
  }

  /** Sends it as this kind, with whatever is said of it. */
  async send(kind: string, name: string, type: string, bytes: Buffer, said: object = {}): Promise<Place> {
    const hash = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex");
    const about = { chatId: this.#chatId, name, type, size: bytes.length, sha256: hash("sha256"), md5: hash("md5") };
    const { fileId, upload } = await this.#ask("file.begin", about);
    const url = new URL(upload.url, this.#server);
    const put = await fetch(url, { method: "PUT", headers: upload.headers, body: new Uint8Array(bytes) });
    if (!put.ok) throw new Error(`PUT: ${put.status}`);
    await this.#ask("file.complete", { fileId });
    const message = { chatId: this.#chatId, clientId: randomUUID(), kind, body: { fileId, ...said } };
    const { seq } = await this.#ask("message.send", message);
    return { chatId: this.#chatId, seq, fileId };
  }

  async url(place: Place, download: boolean): Promise<string> {
    const { url } = await this.#ask("file.url", { ...place, ...(download ? { download } : {}) });
    return new URL(url, this.#server).href;
  }

  #ask(method: string, params: object) {
    return post(this.#server, this.#token, method, params);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many methods, read by tests alone
async function post(server: string, token: string, method: string, params: object): Promise<any> {
  const headers = { "content-type": "application/json", ...(token === "" ? {} : { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${server}/api/${method}`, { method: "POST", headers, body: JSON.stringify(params) });
  const body = await answer.json();
  if (!answer.ok) throw new Refused(method, body);
  return body.result;
}
