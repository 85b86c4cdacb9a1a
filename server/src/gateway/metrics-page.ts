import type { IncomingMessage, ServerResponse } from "node:http";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { isLoopbackHost } from "./address.ts";
import type { Proxies } from "./proxies.ts";

export const METRICS_PATH = "/metrics";

const PLAIN = {
  "content-type": "text/plain; version=0.0.4; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
} as const;

/** `GET /metrics`. Never throws. */
export class MetricsPage {
  readonly #mode: Config["metrics"];
  readonly #proxies: Proxies;
  readonly #log: Log;
  readonly #text: () => Promise<string>;
  /** However many ask at once, the page is written once. */
  #writing: Promise<string> | null = null;

  constructor(mode: Config["metrics"], proxies: Proxies, log: Log, text: () => Promise<string>) {
    this.#mode = mode;
    this.#proxies = proxies;
    this.#log = log;
    this.#text = text;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    response.on("error", () => {});
    if (!this.#admits(request)) return end(response, 404, "Not found.\n");
    if (request.method !== "GET" && request.method !== "HEAD") return end(response, 405, "Ask with GET.\n");
    try {
      this.#writing ??= this.#text().finally(() => {
        this.#writing = null;
      });
      const text = await this.#writing;
      end(response, 200, request.method === "HEAD" ? "" : text);
    } catch (error) {
      this.#log.error("metrics could not be written", { error });
      end(response, 500, "The server failed.\n");
    }
  }

  /** Of this machine: no hop in between, and by no name that somebody else's page may have in a browser here. */
  #admits(request: IncomingMessage): boolean {
    if (this.#mode !== "loopback") return this.#mode === "on";
    const { loopback, host } = this.#proxies.originOf(request);
    return (
      loopback &&
      isLoopbackHost(
        host
          .replace(/:\d+$/, "")
          .replace(/^\[(.*)\]$/, "$1")
          .toLowerCase(),
      )
    );
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, PLAIN).end(text);
}
