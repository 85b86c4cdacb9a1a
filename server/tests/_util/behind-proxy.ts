import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { type RequestOptions, request } from "node:https";
import type { AddressInfo } from "node:net";
import type { FileHttp } from "@parley/protocol/client";
import { nodeHashes, nodeSocket } from "@parley/protocol/client-node";

/** Where a proxy under test is reached: on loopback, by the name that people would use. */
export interface Entrance {
  readonly host: string;
  readonly port: number;
  /** PEM of whom to trust. */
  readonly ca: string;
}

export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

const IP = /^[\d.]+$/;

function optionsFor({ host, port, ca }: Entrance): RequestOptions {
  // As browsers do: an address is not named in the handshake.
  const servername = IP.test(host) ? "" : host;
  return { host: "127.0.0.1", port, ca, servername, agent: false };
}

/** One request through the proxy, which may ask for a socket; answers when all of the answer is there. */
export async function ask(
  entrance: Entrance,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: Uint8Array | null = null,
): Promise<PlainAnswer> {
  const method = body === null ? "GET" : "PUT";
  const host = `${entrance.host}:${entrance.port}`;
  const sent = request({ ...optionsFor(entrance), method, path, headers: { host, ...headers } });
  const answered = Promise.race([once(sent, "response"), once(sent, "upgrade")]);
  sent.end(body);
  const [response, socket] = await answered;
  if (socket === undefined) await once(response.resume(), "end");
  else socket.destroy();
  return { status: response.statusCode ?? 0, headers: response.headers };
}

/** What a client needs to go through the proxy with all that it does. */
export function clientOptions(entrance: Entrance) {
  const lookup = (_host: string, options: { all?: boolean }, done: (...found: unknown[]) => void) =>
    options.all === true ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
  const tls = { ca: entrance.ca, lookup };
  const send = async (method: string, url: string, headers: Readonly<Record<string, string>>, body?: Uint8Array) => {
    const { pathname, search, host } = new URL(url);
    const sent = request({
      ...optionsFor(entrance),
      method,
      path: `${pathname}${search}`,
      headers: { host, "content-length": body?.length ?? 0, ...headers },
    });
    const answered = once(sent, "response");
    sent.end(body);
    const [response] = await answered;
    return response;
  };
  const http: FileHttp = {
    async put({ url, headers, body, progress }) {
      const response = await send("PUT", url, headers, body);
      await once(response.resume(), "end");
      progress(body.length);
      return { status: response.statusCode };
    },
    async get({ url, headers }) {
      const response = await send("GET", url, headers);
      return { status: response.statusCode, body: response };
    },
  };
  return { openSocket: nodeSocket(tls), files: { http, hashes: nodeHashes, secure: true } };
}

/** In the place of an object store: remembers what came, and answers with headers that no page of ours should have. */
export async function startRecorder() {
  const seen: { readonly url: string; readonly headers: IncomingHttpHeaders; bytes: number }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const record = { url: incoming.url ?? "", headers: incoming.headers, bytes: 0 };
    seen.push(record);
    for await (const chunk of incoming) record.bytes += (chunk as Buffer).length;
    outgoing.writeHead(200, { "content-type": "text/html", "content-security-policy": "default-src *" }).end("<p>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, seen, close: () => once(server.close(), "close") };
}
