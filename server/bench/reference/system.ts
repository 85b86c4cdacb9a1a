import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import type { ConnectOptions, System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { nodeArgsOn } from "../process/cores.ts";
import { Program } from "../process/program.ts";
import { connectReference } from "./connect.ts";
import { prepareUsers } from "./conversation.ts";

export interface ReferenceOptions {
  readonly redisUrl: string;
  readonly core: number | null;
  readonly coalesce?: boolean;
  /** Arguments for Node itself. */
  readonly nodeArgs?: readonly string[];
}

export class ReferenceSystem implements System {
  readonly name: "reference" | "coalescing";
  readonly program: Program;
  private chats = 0;

  private constructor(program: Program, name: "reference" | "coalescing") {
    this.program = program;
    this.name = name;
  }

  static async start({ redisUrl, core, coalesce = false, nodeArgs = [] }: ReferenceOptions): Promise<ReferenceSystem> {
    const script = fileURLToPath(new URL("./server.js", import.meta.url));
    const args = ["--redis", redisUrl, ...(coalesce ? ["--coalesce"] : [])];
    const program = await Program.start({
      command: [process.execPath, ...nodeArgsOn(core), ...nodeArgs, script, ...args],
      core,
      ready: /ready on http:\/\/127\.0\.0\.1:(\d+)/,
      channel: true,
    });
    return new ReferenceSystem(program, coalesce ? "coalescing" : "reference");
  }

  connect({ person, how, tally, from }: ConnectOptions): Promise<Talker> {
    return connectReference(`ws://127.0.0.1:${this.program.match[1]}/ws`, userName(person), how, tally, from);
  }

  async group(): Promise<string> {
    return `${this.name}-${process.pid}-${this.program.pid}-${this.chats++}`;
  }

  direct(): Promise<string> {
    return this.group();
  }

  async enter(talker: Talker, chatId: string): Promise<void> {
    await talker.request("room.join", { chatId });
  }
}

function userName(person: number): string {
  return `user${person}`;
}

/** Writes the accounts and sessions of so many people. */
export async function prepareReference(redisUrl: string, people: number): Promise<void> {
  const redis = new Redis(redisUrl, { protocol: 2 });
  await prepareUsers(
    redis,
    Array.from({ length: people }, (_, person) => userName(person)),
  );
  await redis.quit();
}
