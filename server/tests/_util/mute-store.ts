import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Waits } from "./patience.ts";

/** A whole object that is about to be sent by the store. */
export interface Read {
  readonly path: string;
  /** Bytes from which it goes on after a cut. */
  readonly from: number;
}

/**
 * A real store, seen through a proxy that turns the ETag of each object round: so it works as before and tells no MD5. Reads of whole
 * objects can be held, and cut.
 */
export class MuteStore {
  readonly url: string;
  /** Of whole objects, in the order in which they came. */
  readonly reads: Read[] = [];
  /** Whole objects that are being read, held ones included, and the most that ever were at once. */
  underWay = 0;
  mostAtOnce = 0;
  /** Bytes after which the next read is cut. */
  cutAfter: number | null = null;
  #held: Promise<void> | null = null;
  readonly #waits = new Waits();
  readonly #target: URL;
  readonly #server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));

  private constructor(target: string, port: number) {
    this.#target = new URL(target);
    this.url = `http://127.0.0.1:${port}`;
  }

  static async before(target: string): Promise<MuteStore> {
    const probe = createServer();
    probe.listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const store = new MuteStore(target, port);
    store.#server.listen(port, "127.0.0.1");
    await once(store.#server, "listening");
    return store;
  }

  /** No read goes on until the answer is called. */
  hold(): () => void {
    let release = () => {};
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.#held = null;
      release();
    };
  }

  /** So many reads have come. */
  async readsCame(count: number): Promise<void> {
    await this.#waits.until(
      () => this.reads.length >= count,
      () => `${count} reads, not ${this.reads.length}`,
    );
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method, url = "/", headers } = incoming;
    incoming.on("error", () => {});
    const body: Buffer[] = [];
    for await (const chunk of incoming) body.push(chunk as Buffer);
    const { hostname, port } = this.#target;
    const forwarded = request({ hostname, port, method, path: url, headers });
    forwarded.on("error", () => outgoing.destroy());
    forwarded.on("response", (answer) => this.#answer(incoming, answer, outgoing));
    forwarded.end(Buffer.concat(body));
  }

  #answer(incoming: IncomingMessage, answer: IncomingMessage, outgoing: ServerResponse): void {
    const headers = { ...answer.headers };
    if (headers.etag !== undefined) headers.etag = turned(headers.etag);
    const [path = "", query = ""] = (incoming.url ?? "").split("?");
    const range = /^bytes=(\d+)-$/.exec(incoming.headers.range ?? "bytes=0-")?.[1];
    // What the server reads to compare it: a whole object, or from where it was cut to the end.
    if (incoming.method === "GET" && /\/f\//.test(path) && query.includes("X-Amz-Signature") && range !== undefined) {
      return void this.#read({ path, from: Number(range) }, answer, headers, outgoing);
    }
    outgoing.writeHead(answer.statusCode ?? 500, headers);
    answer.pipe(outgoing);
  }

  async #read(
    read: Read,
    answer: IncomingMessage,
    headers: IncomingMessage["headers"],
    outgoing: ServerResponse,
  ): Promise<void> {
    this.underWay += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.underWay);
    outgoing.once("close", () => {
      this.underWay -= 1;
      answer.destroy();
    });
    this.reads.push(read);
    this.#waits.wake();
    const cutAfter = this.cutAfter;
    this.cutAfter = null;
    await this.#held;
    outgoing.writeHead(answer.statusCode ?? 500, headers);
    answer.on("error", () => {});
    let passed = 0;
    answer.on("data", (chunk: Buffer) => {
      passed += chunk.length;
      if (cutAfter === null || passed < cutAfter) outgoing.write(chunk);
      else outgoing.destroy();
    });
    answer.on("end", () => outgoing.end());
  }
}

function turned(etag: string): string {
  return etag.replace(/[0-9a-f]{32}/, (md5) => [...md5].reverse().join(""));
}
