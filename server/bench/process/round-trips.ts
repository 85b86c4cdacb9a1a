import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket, connect as toStore } from "node:net";

/** Stands between a server and its store, and counts how often an answer was waited for. */
export class RoundTrips {
  private trips = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(storePort: number) {
    this.server = createServer({ noDelay: true }, (client) => this.pass(client, storePort));
  }

  static async open(storePort: number): Promise<RoundTrips> {
    const trips = new RoundTrips(storePort);
    trips.server.listen(0, "127.0.0.1");
    await once(trips.server, "listening");
    return trips;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Since the last time that it was asked. Commands that are sent together, however many, are one. */
  take(): number {
    const { trips } = this;
    this.trips = 0;
    return trips;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private pass(client: Socket, storePort: number): void {
    const store = toStore({ port: storePort, host: "127.0.0.1", noDelay: true });
    let answered = true;
    client.on("data", (bytes) => {
      if (answered) this.trips += 1;
      answered = false;
      store.write(bytes);
    });
    store.on("data", (bytes) => {
      answered = true;
      client.write(bytes);
    });
    for (const socket of [client, store]) {
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        store.destroy();
      });
    }
  }
}
