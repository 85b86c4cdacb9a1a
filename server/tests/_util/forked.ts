import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Pipe, type PipeEnd } from "../../src/pipe.ts";

/** A child with a pipe to it. */
export interface Forked {
  readonly child: ChildProcess;
  readonly pipe: Pipe;
  kill(): Promise<void>;
}

/** `script` is a file beside this one, without its ending. */
export function forkUtility(script: string, args: readonly string[] = []): Forked {
  const path = fileURLToPath(new URL(`./${script}.js`, import.meta.url));
  const child = fork(path, [...args], { serialization: "advanced" });
  const exited = once(child, "exit");
  return {
    child,
    pipe: new Pipe(endOf(child)),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function endOf(child: ChildProcess): PipeEnd {
  return {
    send: (message, done) => void child.send(message as object, done),
    on: (event, hear) => child.on(event, hear),
    once: (event, hear) => child.once(event, hear),
  };
}
