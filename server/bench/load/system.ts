import type { Program } from "../process/program.ts";
import type { Talker } from "./talker.ts";
import type { Tally } from "./tally.ts";

export interface ConnectOptions {
  /** Number of the person, from 0. */
  readonly person: number;
  /** By what an earlier sign-in left behind, or from nothing but the password. */
  readonly how: "resumed" | "cold";
  readonly tally: Tally;
  /** One of this machine's addresses. */
  readonly from?: string;
}

/** One server under load. Every workload is written once, against this. */
export interface System {
  readonly name: "Parley" | "reference" | "coalescing";
  readonly program: Program;
  connect(options: ConnectOptions): Promise<Talker>;
  /** A chat of these people. */
  group(people: readonly number[]): Promise<string>;
  direct(a: number, b: number): Promise<string>;
  /** Once for each connection and chat, before anything is sent: the reference keeps its rooms by connection. */
  enter(talker: Talker, chatId: string): Promise<void>;
}
