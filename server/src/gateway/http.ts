import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { Tls } from "../identity/tls.ts";
import { HTTP_HEADERS_MAX_BYTES, HTTP_HEADERS_MS } from "./limits.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import type { WebApp } from "./web-app.ts";

export interface HttpParts {
  readonly webApp: WebApp;
  /** Shown to anybody who asks: a hint, which a client trusts only as far as its pin confirms it. */
  readonly wellKnown: { readonly identity: string; readonly fp: string; readonly tls_url?: string };
  /** The node serves, and its store answers. */
  ready(): Promise<boolean>;
}

export const WEBSOCKET_PATH = "/ws";

/** How often sockets are checked for headers that do not come. */
const CHECK_MS = 2_000;
/** Headers of a request; a browser sends about 20. */
const HEADERS_MAX = 64;

/** Not listening yet. */
export function createHttpServer(parts: HttpParts, tls: Tls | null): Server {
  const listener = getRequestListener(createApp(parts).fetch);
  const options = {
    maxHeaderSize: HTTP_HEADERS_MAX_BYTES,
    headersTimeout: HTTP_HEADERS_MS,
    requestTimeout: HTTP_HEADERS_MS,
    connectionsCheckingInterval: CHECK_MS,
  };
  const handle = (...args: Parameters<typeof listener>) => void listener(...args);
  const server =
    tls === null
      ? createServer(options, handle)
      : createTlsServer({ ...options, ...tls, minVersion: "TLSv1.2", handshakeTimeout: HTTP_HEADERS_MS }, handle);
  server.maxHeadersCount = HEADERS_MAX;
  return server;
}

export function createApp(parts: HttpParts): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.header(name, value);
  });
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", async (context) => {
    const ready = await parts.ready();
    return context.text(ready ? "ok\n" : "not ready\n", ready ? 200 : 503);
  });
  app.get("/.well-known/imsc.json", (context) =>
    context.json({ v: 1, ws: WEBSOCKET_PATH, ...parts.wellKnown }, 200, { "cache-control": "no-cache" }),
  );
  // A plain request for the socket's path, which is no page of the app.
  app.get(WEBSOCKET_PATH, (context) =>
    context.text("This is a WebSocket.\n", 426, { upgrade: "websocket", connection: "upgrade" }),
  );
  app.get("*", async (context) => {
    const acceptsGzip = /\bgzip\b/.test(context.req.header("accept-encoding") ?? "");
    const file = await parts.webApp.find(context.req.path, acceptsGzip);
    if (file === null) return context.text("Not found.\n", 404);
    return context.body(new Uint8Array(file.body), 200, {
      "content-type": file.type,
      "cache-control": file.cacheControl,
      vary: "accept-encoding",
      ...(file.gzipped ? { "content-encoding": "gzip" } : {}),
    });
  });
  app.onError((_error, context) => context.text("The server failed.\n", 500));
  return app;
}
