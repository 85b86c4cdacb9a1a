import { freePort, killService, startService } from "./service-process.ts";

export interface NatsServer {
  readonly port: number;
  readonly url: string;
  /** Kills the process, without a goodbye. */
  kill(): Promise<void>;
  /** Starts the process again on the same port. */
  restart(args?: readonly string[]): Promise<void>;
  /** The process keeps its connections and does nothing, until `thaw`. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** A real nats-server on loopback. */
export async function startNats(args: readonly string[] = []): Promise<NatsServer> {
  for (let attempt = 0; ; attempt++) {
    const port = await freePort();
    try {
      return await startOn(port, args);
    } catch (error) {
      // Somebody else may have taken the port meanwhile.
      if (attempt === 4) throw error;
    }
  }
}

async function startOn(port: number, args: readonly string[]): Promise<NatsServer> {
  const launch = (more: readonly string[]) =>
    startService("nats-server", ["--addr", "127.0.0.1", "--port", String(port), ...more], /Server is ready/);
  let child = await launch(args);
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    kill: () => killService(child),
    async restart(again = args) {
      child = await launch(again);
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    stop: () => killService(child),
  };
}
