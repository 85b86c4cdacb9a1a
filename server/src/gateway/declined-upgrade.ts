import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";

const OFFER = new Set(["connection", "upgrade", "http2-settings"]);

export function offersWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? "").split(",").some((token) => token.trim().toLowerCase() === "websocket");
}

/**
 * Another protocol that is offered is left alone, and the request answered over HTTP/1.1 (RFC 9110, 7.8): Java's HttpClient
 * and `curl --http2` offer HTTP/2 with their first request. Node has taken its parser off the socket by then; so the
 * request is put back as it came, but for the offer, and read once more. One to a connection, which closes after it.
 */
export function declineUpgrade(http: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!OFFER.has((rawHeaders[at] ?? "").toLowerCase())) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  }
  lines.push("connection: close", "", "");
  socket.unshift(Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), head]));
  http.emit(socket instanceof TLSSocket ? "secureConnection" : "connection", socket);
}
