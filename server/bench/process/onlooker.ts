import { fileURLToPath } from "node:url";
import { nodeArgsOn } from "./cores.ts";
import { Program } from "./program.ts";

const PROGRAM = fileURLToPath(new URL("./onlooker-program.js", import.meta.url));

export interface Watch {
  readonly perSecond: number;
  readonly count: number;
}

/**
 * Somebody else who uses the server meanwhile, as a process of their own that comes before everything else on its core:
 * in place of a machine of their own. In the generator they would wait for what it makes of all the others' answers, and
 * beside the store for the store.
 */
export class Onlooker {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  static async start(url: string, person: number, core: number | null): Promise<Onlooker> {
    const command = [process.execPath, ...nodeArgsOn(core), PROGRAM, url, String(person)];
    return new Onlooker(
      await Program.start({ command, core, ready: /ready (before all else|among others)/, channel: true }),
    );
  }

  /** False where the system does not let a process come before others: then its own waiting is measured, too. */
  get comesFirst(): boolean {
    return this.#program.match[1] === "before all else";
  }

  /** Milliseconds of each light request. */
  async watch(watch: Watch): Promise<readonly number[]> {
    return (await this.#program.ask(watch)) as number[];
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}
