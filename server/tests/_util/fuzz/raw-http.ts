import { request } from "node:http";
import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * Bytes on a connection of their own; resolves with what is said until the other side closes. The server is told that
 * there are no more of them once it has begun to answer, or has answered somebody who came later.
 */
export async function say(origin: string, bytes: Buffer): Promise<Buffer> {
  const { port, hostname } = new URL(origin);
  const chunks: Buffer[] = [];
  const socket = connect({ port: Number(port), host: hostname });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  const answered = new Promise<void>((resolve) => socket.once("data", () => resolve()));
  socket.on("data", (chunk) => chunks.push(chunk));
  // A reset is an answer, too.
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  await Promise.race([closed, answered, twice(() => ask(origin, HEALTH))]);
  socket.end();
  await closed;
  return Buffer.concat(chunks);
}

async function twice(job: () => Promise<unknown>): Promise<void> {
  await job();
  await job();
}

/** The first one. Null: none at all, which a request that has no end gets. */
export function firstAnswer(bytes: Buffer): RawAnswer | null {
  const text = bytes.toString("latin1");
  if (text === "") return null;
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [line = "", ...lines] = head.split("\r\n");
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(line) ?? [];
  if (status === undefined) throw new Error(`no HTTP: ${line.slice(0, 100)}`);
  const headers = new Map(lines.map((each) => [each.slice(0, each.indexOf(":")).toLowerCase(), fieldOf(each)]));
  // "Go on" is followed by the answer itself.
  if (status === "100") return firstAnswer(Buffer.from(rest.join("\r\n\r\n"), "latin1"));
  return { status: Number(status), headers, body: rest.join("\r\n\r\n") };
}

function fieldOf(line: string): string {
  return line.slice(line.indexOf(":") + 1).trim();
}

export interface PlainRequest {
  readonly method: string;
  /** As it is written, never normalised. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const HEALTH: PlainRequest = { method: "GET", path: "/healthz", headers: {}, body: "" };

/** One request that is HTTP, on a connection of its own: one that is kept may end just when it is used again. */
export function ask(origin: string, { method, path, headers, body }: PlainRequest): Promise<RawAnswer> {
  const bytes = Buffer.from(body as string);
  const all = { ...headers, "content-length": bytes.length };
  return new Promise((resolve, reject) => {
    const sent = request(origin, { method, path, headers: all, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const told = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
        resolve({ status: answer.statusCode ?? 0, headers: new Map(told), body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("error", reject);
    sent.end(bytes);
  });
}
