import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Tls } from "../identity/tls.ts";
import type { Log } from "../log.ts";
import { limitKey } from "./address.ts";
import { API_PREFIX, type HttpApi } from "./http-api.ts";
import type { HttpParts, Listener } from "./http-app.ts";
import { HTTP_HEADERS_MAX_BYTES, HTTP_HEADERS_MS } from "./limits.ts";
import { LOCATE_PATH, type Locate } from "./locate.ts";
import { METRICS_PATH, type MetricsPage } from "./metrics-page.ts";
import type { Proxies } from "./proxies.ts";

/** What the gateway knows of the store of files. */
export interface ObjectRoute {
  /** Null: the store is elsewhere. */
  readonly service: {
    /** Never rejects. */
    serve(
      request: IncomingMessage,
      response: ServerResponse,
      whence: { readonly host: string; readonly address: string },
    ): Promise<void>;
  } | null;
  /** Of a store elsewhere. */
  readonly publicOrigin: string | null;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

export interface Routes {
  readonly api: HttpApi;
  /** Null: there is nothing of the kind here. */
  readonly objects: Handle | null;
  readonly metrics: MetricsPage;
  readonly locate: Locate;
  /** The listener will close: a request over a connection that was kept for it would fail. */
  leaving(): boolean;
}

/** How often sockets are checked for headers that do not come. */
const CHECK_MS = 2_000;
/** Headers of a request; a browser sends about 20. */
const HEADERS_MAX = 64;
const OBJECTS_PREFIX = "/objects/";

/** Not listening yet. */
export function createHttpServer(parts: HttpParts, routes: Routes, tls: Tls | null, log: Log): Server {
  const options = {
    maxHeaderSize: HTTP_HEADERS_MAX_BYTES,
    headersTimeout: HTTP_HEADERS_MS,
    // A file takes as long as it takes, as long as bytes come; all other bodies have their time from `soon`.
    requestTimeout: 0,
    connectionsCheckingInterval: CHECK_MS,
  };
  const page = lazyListener(parts, log);
  const handle: Handle = (request, response) => {
    if (routes.leaving()) response.shouldKeepAlive = false;
    if (routes.objects !== null && request.url?.startsWith(OBJECTS_PREFIX)) return routes.objects(request, response);
    soon(request);
    if (request.url?.split("?", 1)[0] === LOCATE_PATH) return routes.locate.serve(request, response);
    if (request.url === METRICS_PATH) return void routes.metrics.serve(request, response);
    return void (request.url?.startsWith(API_PREFIX) ? routes.api.serve(request, response) : page(request, response));
  };
  const server =
    tls === null
      ? createServer(options, handle)
      : createTlsServer({ ...options, ...tls, minVersion: "TLSv1.2", handshakeTimeout: HTTP_HEADERS_MS }, handle);
  server.maxHeadersCount = HEADERS_MAX;
  return server;
}

export function objectListener(service: ObjectRoute["service"], proxies: Proxies): Handle | null {
  if (service === null) return null;
  return (request, response) => {
    const { host, address } = proxies.originOf(request);
    void service.serve(request, response, { host, address: limitKey(address) });
  };
}

/** The whole body has to be there in the time that headers have, or the socket ends. */
function soon(request: IncomingMessage): void {
  if (request.complete || bodiless(request)) return;
  const timer = setTimeout(() => request.destroy(), HTTP_HEADERS_MS);
  timer.unref();
  request.once("close", () => clearTimeout(timer));
}

function bodiless({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0;
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
