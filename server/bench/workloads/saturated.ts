import type { Bench } from "../bench.ts";
import { type Group, gather } from "../load/group.ts";
import type { System } from "../load/system.ts";
import { costRows } from "../measure/costs.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { percentilesOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";

/** P3: as much as goes through in one group. One person alone may not ask as much as that (`requestsPerSecond`). */
export const SPEAKERS = 16;
/** Of each speaker. */
const IN_FLIGHT = 4;
/** Of a round: some seconds' worth, and no more of any speaker than one may save up. */
const DELIVERIES = 400_000;
const MESSAGES_MAX = 1_600;
/** The others read and drop what they get: opening it for all of them would measure the generator. */
const WITNESSES = 10;
const TEXT = "x".repeat(100);
const WITHIN_MS = 60_000;
/** Deliveries a second of ejabberd over WebSocket with its archive, measured apart from here on one such core, by listeners. */
const EJABBERD: Readonly<Record<number, number>> = { 100: 9_900, 1000: 14_300 };

interface Round extends Window {
  readonly deliveries: number;
  readonly acksMs: readonly number[];
}

export async function saturated(bench: Bench): Promise<void> {
  for (const listeners of bench.effort.groups) {
    await bench.with<System>([bench.parley(), bench.reference({ coalesce: true })], async (...systems) => {
      const groups: Group[] = [];
      for (const system of systems) {
        const group = await gather(system, SPEAKERS, listeners);
        for (const listener of group.listeners.slice(WITNESSES)) listener.deafen();
        groups.push(group);
      }
      const results = await interleaved(bench.effort.rounds, groups, (group) => flood(bench, group));
      const [own = [], rounds = []] = results.values();
      const what = `group of ${listeners}, saturated`;
      const note = `${SPEAKERS} speak, ${IN_FLIGHT} messages of each under way; counted at ${WITNESSES} listeners, the others drop what comes`;
      const rows = costRows({
        id: "P3",
        what,
        operation: ["delivery", "deliveries"],
        count: ({ deliveries }) => deliveries,
        latency: { name: "ack", of: ({ acksMs }) => percentilesOf(acksMs) },
        own,
        reference: { name: "coalescing", rounds },
        figures: { rate: { of: "ratio", bound: "atLeast", limit: 0.7 } },
        note,
      });
      for (const row of rows) bench.report.add(row);
      const ejabberd = EJABBERD[listeners];
      bench.report.add({
        id: "P3",
        what: `${what}, a core's worth of deliveries a second`,
        unit: "/s",
        ...compare(own, rounds, "coalescing", (round) => (1e9 * round.deliveries) / round.server.totalNs),
        figure: ejabberd === undefined ? null : { of: "value", bound: "atLeast", limit: 10 * ejabberd },
        note: "the limit is ten times ejabberd over WebSocket, measured at another time: it is not in this run",
      });
    });
  }
}

async function flood(bench: Bench, { system, chatId, speakers, listeners, received }: Group): Promise<Round> {
  const acksMs: number[] = [];
  const messages = Math.min(MESSAGES_MAX, Math.ceil(DELIVERIES / listeners.length));
  const witnesses = Math.min(WITNESSES, listeners.length);
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    let left = messages;
    const heard = received.startTo(messages * witnesses, WITHIN_MS);
    const lanes = speakers.flatMap((speaker) =>
      Array.from({ length: IN_FLIGHT }, async () => {
        while (left > 0) {
          left -= 1;
          acksMs.push(await speaker.send(chatId, TEXT));
        }
      }),
    );
    await Promise.all([heard, ...lanes]);
  });
  const lost = listeners.find(({ closed }) => closed !== null);
  if (lost !== undefined) throw new Error(`a listener was lost: ${lost.closed}`);
  // Everybody in the group but who speaks.
  return { ...window, deliveries: messages * (listeners.length + speakers.length - 1), acksMs };
}
