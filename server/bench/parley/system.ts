import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Result } from "@parley/protocol";
import type { ConnectOptions, System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { nodeArgsOn } from "../process/cores.ts";
import { Program } from "../process/program.ts";
import type { Person } from "./person.ts";

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));
/** People that one `chat.createGroup` names; the rest are added. */
const NAMED_AT_ONCE = 200;

export interface ParleyOptions {
  /** Empty: the embedded store. */
  readonly storeUrl: string;
  readonly core: number | string | null;
  readonly people: readonly Person[];
  readonly nodeArgs?: readonly string[];
  /** Of the server, besides what all have. */
  readonly args?: readonly string[];
  /** Kept between nodes of one run, as it holds the deployment's secret. */
  readonly data: string;
  /** Makes the command line that the server's is run by. */
  readonly around?: (command: readonly string[]) => readonly string[];
}

/** All people of a benchmark register from one address. */
const REGISTRATIONS = ["--registration-burst", "1000000"];

/** The product as it is, with its default limits but for that. */
export class ParleySystem implements System {
  readonly name = "Parley";
  readonly program: Program;
  private readonly people: readonly Person[];

  private constructor(program: Program, people: readonly Person[]) {
    this.program = program;
    this.people = people;
  }

  static async start(options: ParleyOptions): Promise<ParleySystem> {
    const { storeUrl, core, people, nodeArgs = [], args = [], data, around = (command) => command } = options;
    const store = storeUrl === "" ? [] : ["--store", storeUrl];
    const program = await Program.start({
      command: around([
        process.execPath,
        ...nodeArgsOn(core),
        ...nodeArgs,
        MAIN,
        "--data",
        data,
        "--port",
        "0",
        "--log-level",
        "warn",
        ...REGISTRATIONS,
        ...store,
        ...args,
      ]),
      core,
      ready: /http:\/\/127\.0\.0\.1:(\d+)/,
      channel: true,
    });
    return new ParleySystem(program, people);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.program.match[1]}/ws`;
  }

  connect({ person, how, tally, from }: ConnectOptions): Promise<Talker> {
    const who = this.person(person);
    return how === "resumed" ? who.resume(this.url, tally, from) : who.signIn(this.url, tally, from);
  }

  async group([owner = 0, ...others]: readonly number[]): Promise<string> {
    const talker = await this.connect({ person: owner, how: "resumed", tally: new Tally() });
    const members = others.map((person) => this.person(person).userId);
    const { chat } = await talker.request<Result<"chat.createGroup">>("chat.createGroup", {
      name: "Bench",
      members: members.slice(0, NAMED_AT_ONCE),
    });
    for (const userId of members.slice(NAMED_AT_ONCE)) {
      await talker.request("member.add", { chatId: chat.chatId, userId });
    }
    talker.close();
    return chat.chatId;
  }

  async direct(a: number, b: number): Promise<string> {
    const talker = await this.connect({ person: a, how: "resumed", tally: new Tally() });
    const { userId } = this.person(b);
    const { chat } = await talker.request<Result<"chat.openDirect">>("chat.openDirect", { userId });
    talker.close();
    return chat.chatId;
  }

  async enter(): Promise<void> {}

  private person(number: number): Person {
    const person = this.people[number];
    if (person === undefined) throw new Error(`there is no person ${number}`);
    return person;
  }
}

/** A folder for `--data`; the answer removes it. */
export async function dataFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "parley-bench-data-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
