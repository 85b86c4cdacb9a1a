import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from "node:net";
import { turnsUntil } from "./patience.ts";

/** How often each node is asked whether it is ready; proxies in front of real ones ask as often, or less. */
const CHECK_MS = 250;
/** A node that takes longer is passed over. On a machine under load all take long: with less, all people end at one. */
const ANSWER_MS = 5_000;

interface Target {
  readonly port: number;
  readonly readyz: string;
  ready: boolean;
  /** Connections sent there that are still open. */
  open: number;
}

/**
 * A TCP proxy in front of some nodes, as a deployment has one: each connection goes to the node that has the fewest, of
 * those whose `/readyz` said yes lately. A node that does not take it is passed over.
 */
export class Balancer {
  readonly #server: Server;
  readonly #targets = new Map<string, Target>();
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;

  private constructor() {
    this.#server = createServer((client) => void this.#join(client));
    this.#timer = setInterval(() => void this.#check(), CHECK_MS);
  }

  static async open(): Promise<Balancer> {
    const balancer = new Balancer();
    balancer.#server.listen(0, "127.0.0.1");
    await once(balancer.#server, "listening");
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get wsUrl(): string {
    return `${this.url.replace("http", "ws")}/ws`;
  }

  /** Resolves when the node has been found ready. */
  async add(url: string): Promise<void> {
    this.#targets.set(url, { port: Number(new URL(url).port), readyz: `${url}/readyz`, ready: false, open: 0 });
    await turnsUntil(
      async () => {
        await this.#check();
        return this.#targets.get(url)?.ready !== false;
      },
      () => `${url} to be ready`,
    );
  }

  /** How many connections this node has by way of here. */
  openAt(url: string): number {
    return this.#targets.get(url)?.open ?? 0;
  }

  remove(url: string): void {
    this.#targets.delete(url);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #check(): Promise<void> {
    await Promise.all(
      [...this.#targets.values()].map(async (target) => {
        const answer = await fetch(target.readyz, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => null);
        target.ready = answer?.ok ?? false;
        await answer?.body?.cancel();
      }),
    );
  }

  async #join(client: Socket): Promise<void> {
    this.#sockets.add(client);
    client.on("error", () => client.destroy());
    client.on("close", () => this.#sockets.delete(client));
    const ready = [...this.#targets.values()].filter((target) => target.ready);
    for (const target of ready.sort((one, other) => one.open - other.open)) {
      const server = dial(target.port, "127.0.0.1");
      const reached = await new Promise<boolean>((resolve) => {
        server.once("connect", () => resolve(true));
        server.once("error", () => resolve(false));
      });
      if (!reached) {
        target.ready = false;
        continue;
      }
      target.open += 1;
      server.on("error", () => client.destroy());
      server.on("close", () => {
        target.open -= 1;
        client.destroy();
      });
      client.on("close", () => server.destroy());
      for (const socket of [client, server]) socket.setNoDelay(true);
      client.pipe(server);
      server.pipe(client);
      return;
    }
    client.destroy();
  }
}
