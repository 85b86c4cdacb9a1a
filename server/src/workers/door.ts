import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** Who serves connections. */
export interface Receiver {
  /** Those it was given and has not told to be over. */
  readonly connections: number;
  /** Rejects when it could not be handed over: the connection is lost then. */
  give(socket: Socket): Promise<void>;
}

/** Connections that wait for a worker while none serves, as after all have died: a moment's worth of everybody's return. */
const WAITING_MAX = 1_024;

/**
 * Accepts for the workers, and gives each connection to the one that has the fewest. By turns would not do: a browser
 * opens one for the page and then one that stays, so every second worker would get all of those.
 */
export class Door {
  readonly port: number;
  readonly #server: Server;
  readonly #lanes = new Set<Lane>();
  readonly #waiting: Socket[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket) => this.#enter(socket));
  }

  static async open(port: number, host: string): Promise<Door> {
    // Paused: the first bytes are for the worker.
    const server = createServer({ pauseOnConnect: true });
    server.listen(port, host);
    await once(server, "listening");
    return new Door(server);
  }

  /** From now on connections go to it. Answers what ends that. */
  lead(receiver: Receiver): () => void {
    const lane = new Lane(receiver);
    this.#lanes.add(lane);
    for (const socket of this.#waiting.splice(0)) this.#enter(socket);
    return () => {
      if (!this.#lanes.delete(lane)) return;
      for (const socket of lane.waiting.splice(0)) this.#enter(socket);
    };
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #enter(socket: Socket): void {
    // It may end before anybody takes it.
    socket.on("error", () => {});
    const lane = [...this.#lanes].reduce<Lane | null>(
      (best, one) => (best === null || one.connections < best.connections ? one : best),
      null,
    );
    if (lane !== null) return lane.put(socket);
    if (this.#waiting.length >= WAITING_MAX) socket.destroy();
    else this.#waiting.push(socket);
  }
}

/** One after the other: what has been handed to a process that dies is lost, what waits here goes to another. */
class Lane {
  readonly waiting: Socket[] = [];
  readonly #receiver: Receiver;
  #giving = false;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  get connections(): number {
    return this.#receiver.connections + this.waiting.length;
  }

  put(socket: Socket): void {
    this.waiting.push(socket);
    if (!this.#giving) void this.#give();
  }

  async #give(): Promise<void> {
    this.#giving = true;
    for (let socket = this.waiting.shift(); socket !== undefined; socket = this.waiting.shift()) {
      await this.#receiver.give(socket).catch(() => {});
    }
    this.#giving = false;
  }
}
