import type { Bench } from "./bench.ts";
import type { Effort } from "./effort.ts";
import { PAIRED_PEOPLE } from "./load/pairs.ts";
import { BUS_PEOPLE, bus } from "./workloads/bus.ts";
import { callPeople, calls } from "./workloads/calls.ts";
import { crowd } from "./workloads/crowd.ts";
import { delivery } from "./workloads/delivery.ts";
import { directMessage } from "./workloads/direct-message.ts";
import { empty } from "./workloads/empty.ts";
import { failover } from "./workloads/failover.ts";
import { fanOut } from "./workloads/fan-out.ts";
import { files } from "./workloads/files.ts";
import { FLOOD_PEOPLE, flood } from "./workloads/flood.ts";
import { history } from "./workloads/history.ts";
import { idle } from "./workloads/idle.ts";
import { retract } from "./workloads/retract.ts";
import { SPEAKERS, saturated } from "./workloads/saturated.ts";
import { sends } from "./workloads/sends.ts";
import { signIn } from "./workloads/sign-in.ts";
import { sizing } from "./workloads/sizing.ts";
import { sync } from "./workloads/sync.ts";
import { workers } from "./workloads/workers.ts";

/** What runs it, how many people it needs, and how many of them sign in with their password. */
export interface Workload {
  readonly run: (bench: Bench) => Promise<void>;
  readonly people: (effort: Effort) => number;
  readonly cold: (effort: Effort) => number;
}

export type Named = Workload & { readonly name: string };

const none = () => 0;

/** In the order in which they run: those that leave much behind in the store come late. */
export const WORKLOADS: Readonly<Record<string, Workload>> = {
  P1: { run: directMessage, people: () => PAIRED_PEOPLE, cold: none },
  P11: { run: delivery, people: () => PAIRED_PEOPLE, cold: none },
  P2: { run: fanOut, people: ({ groups }) => Math.max(...groups) + 1, cold: none },
  P3: { run: saturated, people: ({ groups }) => Math.max(...groups) + SPEAKERS, cold: none },
  P4: { run: idle, people: ({ idle: count }) => count, cold: none },
  P5: { run: signIn, people: ({ signIns }) => signIns, cold: ({ signIns }) => signIns },
  P6: { run: history, people: () => 2, cold: () => 1 },
  P7: { run: sync, people: () => 2, cold: () => 1 },
  P8: { run: sends, people: ({ senders }) => senders, cold: none },
  retract: { run: retract, people: ({ groups }) => Math.max(...groups) + 1, cold: none },
  files: { run: files, people: () => 2, cold: none },
  calls: { run: calls, people: callPeople, cold: none },
  bus: { run: bus, people: () => BUS_PEOPLE, cold: none },
  failover: { run: failover, people: none, cold: none },
  flood: { run: flood, people: () => FLOOD_PEOPLE, cold: none },
  P9: { run: empty, people: none, cold: none },
  P10: { run: workers, people: none, cold: none },
  sizing: { run: sizing, people: none, cold: none },
  P13: { run: crowd, people: ({ crowd: people }) => people, cold: ({ crowd: people }) => people },
};

/** All of them when none is named. Throws when there is none of that name. */
export function chooseWorkloads(names: readonly string[]): Named[] {
  return (names.length === 0 ? Object.keys(WORKLOADS) : names).map((name) => {
    const workload = WORKLOADS[name];
    if (workload === undefined)
      throw new Error(`There is no workload "${name}", but ${Object.keys(WORKLOADS).join(", ")}.`);
    return { name, ...workload };
  });
}
