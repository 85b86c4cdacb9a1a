import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Tls } from "../identity/tls.ts";
import type { Log } from "../log.ts";
import { API_PREFIX, type HttpApi } from "./http-api.ts";
import type { HttpParts, Listener } from "./http-app.ts";
import { HTTP_HEADERS_MAX_BYTES, HTTP_HEADERS_MS } from "./limits.ts";

/** How often sockets are checked for headers that do not come. */
const CHECK_MS = 2_000;
/** Headers of a request; a browser sends about 20. */
const HEADERS_MAX = 64;

/** Not listening yet. */
export function createHttpServer(parts: HttpParts, api: HttpApi, tls: Tls | null, log: Log): Server {
  const options = {
    maxHeaderSize: HTTP_HEADERS_MAX_BYTES,
    headersTimeout: HTTP_HEADERS_MS,
    requestTimeout: HTTP_HEADERS_MS,
    connectionsCheckingInterval: CHECK_MS,
  };
  const page = lazyListener(parts, log);
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void (request.url?.startsWith(API_PREFIX) ? api.serve(request, response) : page(request, response));
  const server =
    tls === null
      ? createServer(options, handle)
      : createTlsServer({ ...options, ...tls, minVersion: "TLSv1.2", handshakeTimeout: HTTP_HEADERS_MS }, handle);
  server.maxHeadersCount = HEADERS_MAX;
  return server;
}

/** The web framework, and what of Node it pulls in, is 12 MB that a node which serves sockets alone never needs. */
function lazyListener(parts: HttpParts, log: Log) {
  let loading: Promise<Listener> | null = null;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      loading ??= import("./http-app.ts").then(({ createListener }) => createListener(parts));
      await (await loading)(request, response);
    } catch (error) {
      log.error("request failed", { error });
      response.destroy();
    }
  };
  return serve;
}
