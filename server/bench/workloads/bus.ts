import { join } from "node:path";
import { type Bench, PARLEY_DATABASE } from "../bench.ts";
import { paced } from "../load/paced.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { spreadOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";
import { preparePeople } from "../parley/prepare.ts";
import { dataFolder, ParleySystem } from "../parley/system.ts";
import { childrenOf } from "../process/children.ts";
import { NatsServer } from "../process/nats.ts";
import { RedisServer } from "../process/redis.ts";
import { socketsOf } from "../process/sockets.ts";

/** What it costs, over each bus, that the listeners are at another node than who speaks, beside all of them at one. */
const LISTENERS = [1, 100];
const TALK = Math.max(...LISTENERS) + 1;
const DELIVERIES_PER_SECOND = 5_000;
/** A chat takes one message after the other, each when the disk has it. */
const MESSAGES_PER_SECOND_MAX = 100;
const TEXT = "x".repeat(100);
const WITHIN_MS = 20_000;
/** Over one store: those at one node, over Redis and over NATS. Nobody is in two, or one would hear what another says. */
export const BUS_PEOPLE = 3 * TALK;
/** Of two workers behind one port each gets about half of those who come: twice as many, and a few. */
const WORKERS_PEOPLE = 2 * TALK + 4;

/** Everybody is connected, and warm. */
interface Subject {
  readonly name: string;
  /** All whose CPU counts as the server's. */
  readonly pids: readonly number[];
  /** The program that carries the bus, where that is not the server itself. */
  readonly carrier: number | null;
  /** By how many listen. */
  readonly groups: ReadonlyMap<number, Group>;
  readonly received: Tally;
}

interface Group {
  readonly chatId: string;
  readonly speaker: Talker;
}

interface Round extends Window {
  readonly messages: number;
  readonly carrierNs: number;
}

export async function bus(bench: Bench): Promise<void> {
  const ends: (() => Promise<void>)[] = [];
  const started = async <T extends { stop(): Promise<void> }>(program: T) => {
    ends.push(() => program.stop());
    return program;
  };
  const folder = async () => {
    const data = await dataFolder();
    ends.push(() => data.remove());
    return data.path;
  };
  const core = bench.cores?.server ?? null;
  const server = async (options: Omit<Parameters<typeof ParleySystem.start>[0], "core">) => {
    const system = await ParleySystem.start({ ...options, core });
    await started(system.program);
    return system;
  };
  const embedded = async (count: number, args: readonly string[]) => {
    const place = { storeUrl: "", data: await folder() };
    return server({ ...place, people: await preparePeople({ ...place, people: count, cold: 0 }), args });
  };
  const node = async (args: readonly string[] = []) => {
    const secret = ["--secret-file", join(bench.data, "secret")];
    const store = { storeUrl: bench.redis.url(PARLEY_DATABASE), people: bench.people };
    return server({ ...store, data: await folder(), args: [...secret, ...args] });
  };
  try {
    const local = await embedded(TALK, []);
    const workers = await embedded(WORKERS_PEOPLE, ["--workers", "2"]);
    await report(bench, [await byWorkers(workers)], await byNodes("one process", local, local, 0));

    const alone = await node();
    const redis = await started(await RedisServer.start(bench.cores?.generator ?? null));
    const over = ["--bus", redis.url(0)];
    const subjects = [{ ...(await byNodes("redis", await node(over), await node(over), TALK)), carrier: redis.pid }];
    const nats = await NatsServer.start(bench.cores?.generator ?? null);
    if (nats !== null) {
      await started(nats);
      const overNats = ["--bus", nats.url];
      const talk = await byNodes("nats", await node(overNats), await node(overNats), 2 * TALK);
      subjects.push({ ...talk, carrier: nats.pid });
    }
    await report(bench, subjects, await byNodes("one node", alone, alone, 0));
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function report(bench: Bench, subjects: readonly Subject[], together: Subject): Promise<void> {
  for (const listeners of LISTENERS) {
    const results = await interleaved(bench.effort.rounds, [...subjects, together], (subject) =>
      speak(bench, subject, listeners),
    );
    const reference = results.get(together) ?? [];
    for (const subject of subjects) {
      const rounds = results.get(subject) ?? [];
      const row = {
        id: "bus",
        unit: "µs",
        figure: null,
        generatorBusy: Math.max(...[...rounds, ...reference].map((round) => round.generatorBusy)),
        note: "ipc is two workers on the embedded store, redis and nats are two nodes over one Redis with the bus apart from it",
      };
      const what = `${subject.name}, ${listeners} ${listeners === 1 ? "listener" : "listeners"} at the other node`;
      bench.report.add({
        ...row,
        what: `${what}: CPU of all nodes per delivery`,
        ...compare(
          rounds,
          reference,
          together.name,
          (round) => round.server.totalNs / 1_000 / round.messages / listeners,
        ),
      });
      if (subject.carrier === null) continue;
      bench.report.add({
        ...row,
        what: `${what}: CPU of the bus's own program per message`,
        parley: spreadOf(rounds.map((round) => round.carrierNs / 1_000 / round.messages)),
        reference: null,
      });
    }
  }
}

async function speak(bench: Bench, subject: Subject, listeners: number): Promise<Round> {
  const { pids, carrier, groups, received } = subject;
  const { chatId, speaker } = groups.get(listeners) as Group;
  const perSecond = Math.min(MESSAGES_PER_SECOND_MAX, DELIVERIES_PER_SECOND / listeners);
  const messages = Math.ceil(perSecond * bench.effort.seconds);
  const window = await measureWindow(pids, carrier ?? bench.redis.pid, async () => {
    await Promise.all([
      received.startTo(messages * listeners, bench.effort.seconds * 1_000 + WITHIN_MS),
      paced(perSecond, messages, () => speaker.send(chatId, TEXT)),
    ]);
  });
  return { ...window, messages, carrierNs: window.redisNs };
}

/** Who speaks is at one, the others are at the other; people from the number `from` on. */
async function byNodes(name: string, here: ParleySystem, there: ParleySystem, from: number): Promise<Subject> {
  const received = new Tally();
  const people = Array.from({ length: TALK - 1 }, (_, index) => from + 1 + index);
  const speaker = await here.connect({ person: from, how: "resumed", tally: new Tally() });
  for (const person of people) await there.connect({ person, how: "resumed", tally: received });
  const pids = [...new Set([here, there])].map(({ program }) => program.pid);
  return { name, pids, carrier: null, received, groups: await groupsOf(here, speaker, [from, ...people]) };
}

/** Both are behind one port: where somebody has come in is seen afterwards. */
async function byWorkers(system: ParleySystem): Promise<Subject> {
  const received = new Tally();
  const { pid } = system.program;
  const workers = childrenOf(pid);
  const arrive = async (person: number, tally: Tally) => {
    const before = workers.map(socketsOf);
    const talker = await system.connect({ person, how: "resumed", tally });
    return { talker, worker: workers.findIndex((worker, at) => socketsOf(worker) > (before[at] ?? 0)) };
  };
  const { talker: speaker, worker: here } = await arrive(0, new Tally());
  const people: number[] = [];
  for (let person = 1; people.length < TALK - 1; person++) {
    const { worker } = await arrive(person, received);
    if (worker !== here) people.push(person);
  }
  const pids = [pid, ...workers];
  return { name: "ipc", pids, carrier: null, received, groups: await groupsOf(system, speaker, [0, ...people]) };
}

/** One group for each number of listeners, of the first people. */
async function groupsOf(system: ParleySystem, speaker: Talker, people: readonly number[]) {
  const groups = new Map<number, Group>();
  for (const listeners of LISTENERS) {
    groups.set(listeners, { speaker, chatId: await system.group(people.slice(0, listeners + 1)) });
  }
  return groups;
}
