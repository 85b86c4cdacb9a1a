import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Config } from "../config.ts";
import { metricsData, metricsTextOf } from "../metrics.ts";
import { Pipe, parentEnd } from "../pipe.ts";
import { CONNECTION, type Figures, LEAVING, METRICS, OVER, PLACE, type Place, READY, STOP } from "./messages.ts";
import type { WorkerPlace } from "./place.ts";
import { shareOf } from "./shares.ts";

/** A worker's side of its life. */
export interface WorkerLife {
  readonly place: WorkerPlace;
  readonly config: Config;
  /** Resolves when the primary wants it to end. */
  readonly stopped: Promise<void>;
  /** People are not to be sent to other nodes first. */
  readonly hurry: AbortSignal;
  ready(banner: string): void;
  /** From here on nothing keeps the process alive. */
  end(): Promise<void>;
}

export async function beginWorker(config: Config): Promise<WorkerLife> {
  const pipe = new Pipe(parentEnd());
  // Without the primary nobody can be reached, and the store not be written.
  const orphaned = () => process.exit(1);
  process.once("disconnect", orphaned);
  const hurry = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    let told = false;
    pipe.onTell(STOP, () => {
      // All of this machine go. Where they share the embedded store there is nobody else to whom people could be sent.
      if (told || config.store === "") hurry.abort();
      told = true;
      resolve();
    });
  });
  const { port, ...where } = (await pipe.ask(PLACE, null)) as Place;
  pipe.onAsk(METRICS, () => metricsData(where.number));
  return {
    place: {
      ...where,
      pipe,
      metricsText: async () => metricsTextOf((await pipe.ask(METRICS, null)) as readonly Figures[]),
      listen: (http) => listen(http, pipe, port),
    },
    config: shareOf(config, where.of),
    stopped,
    hurry: hurry.signal,
    ready: (banner) => pipe.tell(READY, banner),
    async end() {
      await pipe.flushed();
      process.off("disconnect", orphaned);
      if (process.connected) process.disconnect();
    },
  };
}

/** How often it is looked for sockets that have ended without saying so, as some do in the middle of TLS's handshake. */
const LOOK_MS = 2_000;

/** The primary listens, and hands over what it has accepted. */
function listen(http: Server, pipe: Pipe, port: number): { port: number; close(): void } {
  let closed = false;
  const open = new Set<Socket>();
  const over = (socket: Socket): void => {
    if (open.delete(socket)) pipe.tell(OVER, null);
  };
  const look = setInterval(() => {
    for (const socket of open) if (socket.destroyed) over(socket);
  }, LOOK_MS);
  look.unref();
  process.on("message", (message, socket: Socket | undefined) => {
    if (message !== CONNECTION || socket === undefined) return;
    open.add(socket);
    socket.once("close", () => over(socket));
    // Meant for this worker before the primary knew that it leaves.
    if (closed) return void socket.destroy();
    // As if it had been accepted here.
    socket.allowHalfOpen = true;
    socket.setNoDelay(true);
    http.emit("connection", socket);
    socket.resume();
  });
  // A server that does not listen itself begins to watch over its timeouts with this.
  http.emit("listening");
  return {
    port,
    close() {
      if (closed) return;
      closed = true;
      clearInterval(look);
      pipe.tell(LEAVING, null);
    },
  };
}
