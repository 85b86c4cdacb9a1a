import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { Pipe } from "../pipe.ts";
import type { Receiver } from "./door.ts";
import { CONNECTION, LEAVING, METRICS, OVER, PLACE, type Place, READY, STOP } from "./messages.ts";

const PROGRAM = fileURLToPath(new URL("../worker.js", import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One life of a worker, as the primary sees it. */
export class CrewMember implements Receiver {
  readonly pipe: Pipe;
  /** The banner; null: it ended before it served. */
  readonly ready: Promise<string | null>;
  /** Resolves when it takes no more connections. */
  readonly leaving: Promise<void>;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #serves = false;
  #connections = 0;

  constructor(place: Place, args: readonly string[]) {
    const child = fork(PROGRAM, [...args], { serialization: "advanced" });
    this.#child = child;
    this.pipe = new Pipe({
      send: (message, done) => void child.send(message as object, done),
      on: (event, hear) => child.on(event, hear),
      once: (event, hear) => child.once(event, hear),
    });
    this.pipe.onAsk(PLACE, () => place);
    this.pipe.onTell(OVER, () => {
      this.#connections -= 1;
    });
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      // It could not be started at all.
      child.on("error", () => resolve({ code: null, signal: null }));
    });
    this.leaving = new Promise((resolve) => {
      this.pipe.onTell(LEAVING, () => resolve());
      void this.exited.then(() => resolve());
    });
    const told = new Promise<string>((resolve) => {
      this.pipe.onTell(READY, (banner) => {
        this.#serves = true;
        resolve(banner as string);
      });
    });
    void this.leaving.then(() => {
      this.#serves = false;
    });
    this.ready = Promise.race([told, this.exited.then(() => null)]);
  }

  get serves(): boolean {
    return this.#serves;
  }

  get connections(): number {
    return this.#connections;
  }

  give(socket: Socket): Promise<void> {
    if (socket.destroyed) return Promise.resolve();
    this.#connections += 1;
    return new Promise((resolve, reject) => {
      this.#child.send(CONNECTION, socket, {}, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  figures(): Promise<unknown> {
    return this.pipe.ask(METRICS, null);
  }

  /** Told again it is in a hurry. */
  tellToStop(): void {
    this.pipe.tell(STOP, null);
  }

  /** Resolves when it has ended. One that hangs is ended. */
  async ends(withinMs: number): Promise<Exit> {
    const late = setTimeout(() => this.#child.kill("SIGKILL"), withinMs);
    const exit = await this.exited;
    clearTimeout(late);
    return exit;
  }
}
