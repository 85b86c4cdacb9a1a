import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { pinned } from "./cores.ts";

/** A program that does not say in this time that it is ready, or does not end, is broken. */
const READY_WITHIN_MS = 30_000;
const END_WITHIN_MS = 10_000;
/** Of what a program prints, kept to explain why it failed. */
const KEPT_OUTPUT = 8_192;

/** For `node --import`: makes a Node program with a channel answer what probe.ts answers. */
export const PROBE = new URL("./probe.js", import.meta.url).href;

export interface ProgramOptions {
  readonly command: readonly string[];
  /** Null: wherever this process runs. */
  readonly core: number | string | null;
  /** Matched against all that it has printed. */
  readonly ready: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  /** A channel for messages to and from a Node program. */
  readonly channel?: boolean;
}

/** Whatever ends this process, ends them. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A process of ours, from ready to ended. */
export class Program {
  readonly pid: number;
  /** What `ready` matched. */
  readonly match: RegExpExecArray;
  readonly readyAfterMs: number;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, pid: number, match: RegExpExecArray, readyAfterMs: number) {
    this.child = child;
    this.pid = pid;
    this.match = match;
    this.readyAfterMs = readyAfterMs;
  }

  static async start({ command, core, ready, env = {}, channel = false }: ProgramOptions): Promise<Program> {
    const [file = "", ...args] = pinned(core, command);
    const startedAt = performance.now();
    const child = spawn(file, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe", ...(channel ? (["ipc"] as const) : [])],
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    const match = await untilReady(child, ready, command.join(" "));
    child.once("exit", sayThatItEnded);
    return new Program(child, child.pid as number, match, performance.now() - startedAt);
  }

  /** Asks over the channel and waits for one answer. Rejects when the program ends without one. */
  async ask(message: string | object): Promise<unknown> {
    const answered = new AbortController();
    const { signal } = answered;
    const answer = once(this.child, "message", { signal });
    const ended = once(this.child, "exit", { signal }).then(([code, by]) => {
      throw new Error(`a program ended with ${code ?? by} and did not answer`);
    });
    try {
      this.child.send(message);
      const [first] = await Promise.race([answer, ended]);
      return first;
    } finally {
      // The one that is still waited for rejects now, and nobody minds.
      for (const each of [answer, ended]) each.catch(() => {});
      answered.abort();
    }
  }

  /** Lets it end by itself; kills it if it does not. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.off("exit", sayThatItEnded);
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), END_WITHIN_MS);
    await ended;
    clearTimeout(late);
  }
}

/** Nobody asked it to: otherwise only the closed connections would be seen. */
function sayThatItEnded(code: number | null, signal: string | null): void {
  process.stderr.write(`A program ended by itself with ${code ?? signal}\n`);
}

function untilReady(child: ChildProcess, ready: RegExp, name: string): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let printed = "";
    const fail = (why: string) => {
      clearTimeout(late);
      child.kill("SIGKILL");
      reject(new Error(`${name} ${why}\n${printed}`));
    };
    const late = setTimeout(() => fail(`was not ready after ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    const read = (chunk: Buffer) => {
      if (printed.length < KEPT_OUTPUT) printed += chunk.toString();
      const match = ready.exec(printed);
      if (match === null) return;
      clearTimeout(late);
      // From here on only what went wrong is of interest, above all when it ends before it is told to.
      child.stdout?.off("data", read).resume();
      child.stderr?.off("data", read).on("data", (text: Buffer) => process.stderr.write(text));
      resolve(match);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => fail(`ended with ${code ?? signal}`));
  });
}
