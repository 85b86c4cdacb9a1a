import { createHash, type Hash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Grant {
  readonly key: string;
  /** Of a file in parts. */
  readonly part?: number;
  readonly method: "PUT" | "GET";
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: number;
}

/** One stored object or part; bytes are null where only their number and hash are kept. */
export interface Stored {
  readonly size: number;
  readonly md5: string;
  readonly bytes: Buffer | null;
  /** Makes bytes up that are too many to be kept. */
  readonly slice?: (from: number, to: number) => Promise<Uint8Array>;
}

/** What becomes of a request: nothing special; cut after so many bytes of its body; taken, but never answered; a status. */
export type StoreFate = "pass" | { readonly cutAfter: number } | "loseReply" | { readonly status: number };

/** An object store over real HTTP: takes what was granted and what has the hash that was granted, and counts every byte. */
export class ObjectStore {
  /** `key` or `key#part`. */
  readonly stored = new Map<string, Stored>();
  /** `key#part` of every body that came whole, in order. */
  readonly puts: string[] = [];
  readonly gets: string[] = [];
  /** Bytes of bodies that arrived, whole or cut. */
  receivedBytes = 0;
  /** Of those, bytes of bodies that did not come whole. */
  wastedBytes = 0;
  sentBytes = 0;
  /** Bodies at one time. */
  putsNow = 0;
  mostPuts = 0;
  fate: (request: { readonly grant: Grant; readonly size: number }) => StoreFate = () => "pass";
  keepsBytes = true;
  readonly #grants = new Map<string, Grant>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ObjectStore> {
    const server = createServer();
    const store = new ObjectStore(server);
    server.on("request", (request, response) => store.#handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return store;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Without host, as of a service that is the server's own. */
  grant(grant: Grant): string {
    const token = randomUUID();
    this.#grants.set(token, grant);
    return `/objects/${grant.key}?token=${token}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const token = new URL(request.url ?? "", "http://store").searchParams.get("token") ?? "";
    const grant = this.#grants.get(token);
    const size = Number(request.headers["content-length"] ?? 0);
    if (grant === undefined || grant.method !== request.method || grant.expiresAt < Date.now()) {
      return this.#answer(request, response, 403);
    }
    const fate = this.fate({ grant, size });
    if (typeof fate === "object" && "status" in fate) return this.#answer(request, response, fate.status);
    if (grant.method === "GET") void this.#read(grant, fate, request, response);
    else this.#write(grant, fate, request, response);
  }

  #write(grant: Grant, fate: StoreFate, request: IncomingMessage, response: ServerResponse): void {
    const place = grant.part === undefined ? grant.key : `${grant.key}#${grant.part}`;
    for (const [name, value] of Object.entries(grant.headers)) {
      if (request.headers[name.toLowerCase()] !== value) return this.#answer(request, response, 403);
    }
    if (grant.headers["If-None-Match"] === "*" && this.stored.has(place)) return this.#answer(request, response, 412);
    const hash: Hash = createHash("md5");
    const pieces: Buffer[] = [];
    let size = 0;
    this.mostPuts = Math.max(this.mostPuts, ++this.putsNow);
    request.on("close", () => {
      this.putsNow--;
      if (!request.complete) this.wastedBytes += size;
    });
    request.on("data", (piece: Buffer) => {
      size += piece.length;
      this.receivedBytes += piece.length;
      hash.update(piece);
      if (this.keepsBytes) pieces.push(piece);
      if (typeof fate === "object" && "cutAfter" in fate && size >= fate.cutAfter) request.destroy();
    });
    request.on("error", () => {});
    request.on("end", () => {
      const md5 = hash.digest();
      if (grant.headers["Content-MD5"] !== md5.toString("base64")) return void response.writeHead(400).end();
      this.stored.set(place, { size, md5: md5.toString("hex"), bytes: this.keepsBytes ? Buffer.concat(pieces) : null });
      this.puts.push(place);
      if (fate === "loseReply") request.socket.destroy();
      else response.writeHead(200).end();
    });
  }

  async #read({ key }: Grant, fate: StoreFate, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const stored = this.stored.get(key);
    if (stored === undefined) return this.#answer(request, response, 404);
    const [, from = "", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (from === "" || Number(from) >= stored.size) return this.#answer(request, response, 416);
    this.gets.push(`${from}-${to}`);
    const end = Math.min(stored.size, Number(to) + 1);
    const made = await stored.slice?.(Number(from), end);
    const body = made ?? stored.bytes?.subarray(Number(from), end) ?? Buffer.alloc(0);
    response.writeHead(206, { "Content-Length": body.length });
    if (typeof fate === "object" && "cutAfter" in fate && fate.cutAfter < body.length) {
      this.sentBytes += fate.cutAfter;
      response.write(body.subarray(0, fate.cutAfter), () => request.socket.destroy());
      return;
    }
    this.sentBytes += body.length;
    response.end(body);
  }

  #answer(request: IncomingMessage, response: ServerResponse, status: number): void {
    request.resume();
    response.writeHead(status, { Connection: "close" }).end();
  }
}
