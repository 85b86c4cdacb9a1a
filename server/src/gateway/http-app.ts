import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { WebApp } from "./web-app.ts";
import { WEBSOCKET_PATH } from "./websocket-path.ts";

export interface HttpParts {
  readonly webApp: WebApp;
  /** Shown to anybody who asks: a hint, which a client trusts only as far as its pin confirms it. */
  readonly wellKnown: { readonly identity: string; readonly fp: string; readonly tls_url?: string };
  /** Of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The node serves, and its store answers. */
  ready(): Promise<boolean>;
}

export type Listener = ReturnType<typeof getRequestListener>;

export function createListener(parts: HttpParts): Listener {
  return getRequestListener(createApp(parts).fetch, { overrideGlobalObjects: false });
}

function createApp(parts: HttpParts): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(parts.headers)) context.header(name, value);
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
