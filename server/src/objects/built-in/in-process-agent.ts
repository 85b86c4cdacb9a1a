import { Agent, type Server } from "node:http";
import { type Duplex, duplexPair } from "node:stream";

/**
 * Requests of this process to an HTTP server of its own, without a port: what is served is the same for the process
 * and for others, whatever the listener's address and certificate are.
 */
export class InProcessAgent extends Agent {
  readonly #server: Server;

  constructor(server: Server, maxSockets: number) {
    super({ keepAlive: true, maxSockets });
    this.#server = server;
  }

  override createConnection(): Duplex {
    const [ours, theirs] = duplexPair();
    for (const [one, other] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      likeASocket(one);
      // A pair does not pass on that one side is gone; what it has sent is read first.
      one.once("close", () => setImmediate(() => other.destroy()));
      one.on("error", () => {});
    }
    this.#server.emit("connection", theirs);
    return ours;
  }
}

/** What Node's HTTP asks of a socket beyond a stream; there is no network whose options it would set. */
function likeASocket(stream: Duplex): void {
  const same = () => stream;
  Object.assign(stream, { setTimeout: same, setNoDelay: same, setKeepAlive: same, ref: same, unref: same });
}
