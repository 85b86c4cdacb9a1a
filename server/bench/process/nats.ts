import { Program } from "./program.ts";

/** A nats-server of our own, on a port by the system. */
export class NatsServer {
  readonly url: string;
  readonly pid: number;
  private readonly program: Program;

  private constructor(program: Program) {
    this.program = program;
    this.pid = program.pid;
    this.url = `nats://127.0.0.1:${program.match[1]}`;
  }

  /** Null where this machine has none. */
  static async start(core: number | null): Promise<NatsServer | null> {
    const command = ["nats-server", "--addr", "127.0.0.1", "--port", "-1"];
    const ready = /client connections on 127\.0\.0\.1:(\d+)[\s\S]*Server is ready/;
    try {
      return new NatsServer(await Program.start({ command, core, ready }));
    } catch {
      return null;
    }
  }

  stop(): Promise<void> {
    return this.program.stop();
  }
}
