import { VirtualTime } from "./client-virtual-time.ts";

const LOOK_MS = 2;

/** The machine's own time, where a test needs real sockets beside a model server. */
export class RealTime extends VirtualTime {
  override now(): number {
    return Date.now();
  }

  override monotonic(): number {
    return performance.now();
  }

  override after(delayMs: number, job: () => void): () => void {
    const timer = setTimeout(job, delayMs);
    return () => clearTimeout(timer);
  }

  override async pass(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  override async until(holds: () => boolean, what: string, withinMs = 60_000): Promise<void> {
    for (const deadline = performance.now() + withinMs; !holds(); await this.pass(LOOK_MS)) {
      if (performance.now() > deadline) throw new Error(`never: ${what}`);
    }
  }
}
