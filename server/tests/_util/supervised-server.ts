import { type Direction, type Fault, FaultProxy } from "./fault-proxy.ts";
import { temporaryFolder } from "./folder.ts";
import { type SpawnedServer, spawnServer } from "./node.ts";

export interface Supervision {
  readonly environment?: NodeJS.ProcessEnv;
  /** Of the lines between clients and server. */
  readonly fault?: (chunk: Buffer, direction: Direction) => Fault;
}

/** The server as its clients know it: one address, whatever process is behind it at the moment. */
export class SupervisedServer {
  /** How often it ended by itself while `keepAlive` looked after it. */
  deaths = 0;
  #server: SpawnedServer | null = null;
  #kept = false;
  #keeping: Promise<void> | null = null;
  readonly #args: readonly string[];
  readonly #environment: NodeJS.ProcessEnv;
  readonly proxy: FaultProxy;

  private constructor(proxy: FaultProxy, args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.proxy = proxy;
    this.#args = args;
    this.#environment = environment;
  }

  static async start(
    args: readonly string[],
    { environment = {}, fault }: Supervision = {},
  ): Promise<SupervisedServer> {
    const proxy = await FaultProxy.open({ targetPort: 1, ...(fault === undefined ? {} : { fault }) });
    // Its identity is there, by which clients know it again.
    const data = args.includes("--data") ? [] : ["--data", await temporaryFolder()];
    const server = new SupervisedServer(proxy, [...args, ...data], environment);
    await server.restart();
    return server;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.proxy.port}/ws`;
  }

  /** The present process. */
  get process(): SpawnedServer {
    if (this.#server === null) throw new Error("not started");
    return this.#server;
  }

  async restart(): Promise<void> {
    this.#server = await spawnServer(this.#args, this.#environment);
    this.proxy.retarget(Number(new URL(this.#server.url).port));
  }

  /** As a service manager does: starts it again whenever it has ended by itself. */
  keepAlive(): void {
    this.#kept = true;
    this.#keeping = this.#keep();
    // Told when it stops.
    this.#keeping.catch(() => {});
  }

  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  /** SIGTERM; answers the exit code. */
  async stop(): Promise<number | null> {
    this.#kept = false;
    const code = await this.process.stop();
    await this.#keeping;
    await this.proxy.close();
    return code;
  }

  async #keep(): Promise<void> {
    for (;;) {
      await this.process.exited;
      if (!this.#kept) return;
      this.deaths += 1;
      await this.restart();
      if (this.#kept) continue;
      // It was to stop while it started.
      return this.process.kill();
    }
  }
}
