import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "./program.ts";

/** A redis-server of our own that has every write on the disk before it answers. */
export class RedisServer {
  readonly port: number;
  readonly pid: number;
  private readonly program: Program;
  private readonly folder: string;

  private constructor(program: Program, port: number, folder: string) {
    this.program = program;
    this.pid = program.pid;
    this.port = port;
    this.folder = folder;
  }

  static async start(core: number | null): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), "parley-bench-redis-"));
    const port = await freePort();
    const settings = {
      port,
      bind: "127.0.0.1",
      dir: folder,
      appendonly: "yes",
      appendfsync: "always",
      save: "",
      "maxmemory-policy": "noeviction",
      // A rewrite of the log in the middle of a measurement would be measured.
      "auto-aof-rewrite-percentage": 0,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const program = await Program.start({
      command: ["redis-server", ...args],
      core,
      ready: /Ready to accept connections/,
    });
    return new RedisServer(program, port, folder);
  }

  /** `database` 0 to 15. */
  url(database: number): string {
    return `redis://127.0.0.1:${this.port}/${database}`;
  }

  async stop(): Promise<void> {
    await this.program.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** redis-server cannot choose a port by itself and tell it. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
