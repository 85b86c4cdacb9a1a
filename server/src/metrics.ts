import { type CallOutcome, type Method, REQUESTS, type ReplyErrorName } from "@parley/protocol";
import type { Registry } from "prom-client";

/**
 * What this process has done, in plain numbers: to count costs an addition, on the busiest paths too. The library that
 * writes them down is loaded when somebody first asks. A label is one of few words of our own, never a person's.
 */
export class Count {
  value = 0;

  add(by = 1): void {
    this.value += by;
  }
}

type Labels = Readonly<Record<string, string>>;

/** One count for each of the words that a label may be: those named are told from the start, others once they happen. */
class Counts<Word extends string> {
  readonly label: string;
  readonly #of = new Map<Word, Count>();

  constructor(label: string, words: readonly Word[] = []) {
    this.label = label;
    for (const word of words) this.#of.set(word, new Count());
  }

  add(word: Word, by = 1): void {
    (this.#of.get(word) ?? this.#first(word)).add(by);
  }

  #first(word: Word): Count {
    const count = new Count();
    this.#of.set(word, count);
    return count;
  }

  *entries(): Iterable<readonly [labels: Labels, value: number]> {
    for (const [word, { value }] of this.#of) yield [{ [this.label]: word }, value];
  }
}

/** The same where threads count, too: what they share is memory. */
export class SharedCounts<Word extends string> {
  readonly label: string;
  readonly memory: SharedArrayBuffer;
  readonly #words: readonly Word[];
  readonly #values: BigUint64Array;

  constructor(label: string, words: readonly Word[], memory = new SharedArrayBuffer(words.length * 8)) {
    this.label = label;
    this.memory = memory;
    this.#words = words;
    this.#values = new BigUint64Array(memory);
  }

  add(word: Word): void {
    Atomics.add(this.#values, this.#words.indexOf(word), 1n);
  }

  *entries(): Iterable<readonly [labels: Labels, value: number]> {
    for (const [at, word] of this.#words.entries()) {
      yield [{ [this.label]: word }, Number(Atomics.load(this.#values, at))];
    }
  }
}

/** Upper ends of what is told apart: from a local answer of half a millisecond to what somebody has given up on. */
export const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** How long something took: one more of its size. A dozen comparisons at most, and mostly two or three. */
export class Durations {
  /** Of each size alone; the last is of what took longer than all of `SECONDS`. */
  readonly counts = new Array<number>(SECONDS.length + 1).fill(0);
  sumSeconds = 0;

  /** Both of `performance.now()`. */
  add(fromMs: number, toMs: number): void {
    const seconds = (toMs - fromMs) / 1000;
    let size = 0;
    while (size < SECONDS.length && seconds > (SECONDS[size] as number)) size += 1;
    this.counts[size] = (this.counts[size] as number) + 1;
    this.sumSeconds += seconds;
  }
}

/** Requests whose time people feel most; all others are one. */
const TIMED_METHODS = ["message.send", "message.history", "sync.pull"] as const;
type TimedMethod = (typeof TIMED_METHODS)[number] | "other";

class RequestDurations {
  readonly label = "method";
  readonly of: ReadonlyMap<TimedMethod, Durations> = new Map(
    [...TIMED_METHODS, "other" as const].map((method) => [method, new Durations()]),
  );
  readonly #other = this.of.get("other") as Durations;

  add(method: string, fromMs: number, toMs: number): void {
    (this.of.get(method as TimedMethod) ?? this.#other).add(fromMs, toMs);
  }
}

export type RequestOutcome = "ok" | ReplyErrorName;
type RequestMethod = Method | "unknown";

/** Requests by method and outcome: most pairs never happen, so a count is made when one first does. */
class RequestCounts {
  readonly #of = new Map<RequestMethod, Map<RequestOutcome, Count>>();

  /** Any other method is "unknown": whoever calls by made-up names makes no new count. */
  add(name: string, outcome: RequestOutcome): void {
    const method: RequestMethod = Object.hasOwn(REQUESTS, name) ? (name as Method) : "unknown";
    const count = this.#of.get(method)?.get(outcome) ?? this.#first(method, outcome);
    count.value += 1;
  }

  #first(method: RequestMethod, outcome: RequestOutcome): Count {
    const outcomes = this.#of.get(method) ?? new Map<RequestOutcome, Count>();
    const count = new Count();
    this.#of.set(method, outcomes.set(outcome, count));
    return count;
  }

  *entries(): Iterable<readonly [labels: Labels, value: number]> {
    for (const [method, outcomes] of this.#of) {
      for (const [outcome, { value }] of outcomes) yield [{ method, outcome }, value];
    }
  }
}

/** What a replica was good for: it had everything, lacked something, or did not answer in time. */
export const REPLICA_OUTCOMES = ["used", "behind", "away"] as const;
export type ReplicaOutcome = (typeof REPLICA_OUTCOMES)[number];

export const metrics = {
  connections: new Count(),
  signIns: new Counts("how", ["register", "password", "code", "token", "ticket"]),
  requests: new RequestCounts(),
  requestSeconds: new RequestDurations(),
  requestsInFlight: new Count(),
  connectionsBehind: new Count(),
  messagesAppended: new Count(),
  eventsDelivered: new Count(),
  fanOuts: new Count(),
  busPublished: new Count(),
  busSeconds: new Durations(),
  busHoles: new Count(),
  gapsFetched: new Count(),
  gapEntries: new Count(),
  poolPending: new Count(),
  poolJobs: new Counts<string>("page"),
  poolJobSeconds: new Counts<string>("page"),
  replicaReads: new SharedCounts("outcome", REPLICA_OUTCOMES),
  storeSeconds: new Durations(),
  storeWaiting: new Count(),
  storeFailures: new Counts("why", ["unavailable", "refused"]),
  leaderRuns: new Counts("task", ["intents", "due", "files"]),
  callsBegun: new Count(),
  callsEnded: new Counts<CallOutcome>("outcome", ["finished", "cancelled", "refused", "busy", "missed"]),
  mails: new Counts("outcome", ["sent", "later", "lost"]),
  uploadsBegun: new Count(),
  uploadsCompleted: new Count(),
  uploadsFailed: new Counts("reason", ["size", "hash", "type", "aborted"]),
  filesRead: new Count(),
  filesExpired: new Count(),
  objectsRemoved: new Count(),
  objectTransfers: new Count(),
  objectBytes: new Counts("direction", ["up", "down"]),
};

type Kind = "counter" | "gauge" | "histogram";
type Numbers = Count | Counts<string> | SharedCounts<string> | RequestCounts;
type Source = Numbers | Durations | RequestDurations;

interface Family {
  readonly name: string;
  readonly kind: Kind;
  readonly help: string;
  readonly labels: readonly string[];
  readonly source: Source;
}

function family(kind: Kind, name: string, source: Source, help: string): Family {
  return { name: `parley_${name}`, kind, help, labels: labelsOf(source), source };
}

function labelsOf(source: Source): readonly string[] {
  if (source instanceof Count || source instanceof Durations) return [];
  return source instanceof RequestCounts ? ["method", "outcome"] : [source.label];
}

/** What is told. A row each in docs/metrics.md. */
export const FAMILIES: readonly Family[] = [
  family("gauge", "connections", metrics.connections, "Sockets that are open, signed in or not"),
  family("counter", "sign_ins_total", metrics.signIns, "Sign-ins, by how"),
  family("counter", "requests_total", metrics.requests, "Requests that were answered, by method and outcome"),
  family("histogram", "request_seconds", metrics.requestSeconds, "Time in which requests were answered, by method"),
  family("gauge", "requests_in_flight", metrics.requestsInFlight, "Requests of sockets that wait or are being served"),
  family(
    "counter",
    "connections_behind_total",
    metrics.connectionsBehind,
    "Connections that were too slow to be told everything",
  ),
  family("counter", "messages_appended_total", metrics.messagesAppended, "Entries put into logs of chats by this node"),
  family("counter", "events_delivered_total", metrics.eventsDelivered, "Events handed to connections"),
  family("counter", "fan_outs_total", metrics.fanOuts, "Notices written to all members of a chat"),
  family("counter", "bus_published_total", metrics.busPublished, "Messages for other nodes, also where none listens"),
  family("histogram", "bus_seconds", metrics.busSeconds, "Time until the bus had taken a message"),
  family("counter", "bus_holes_total", metrics.busHoles, "Times that the bus may have lost messages to this node"),
  family(
    "counter",
    "gaps_fetched_total",
    metrics.gapsFetched,
    "Reads of logs to make up for what the bus did not bring",
  ),
  family("counter", "gap_entries_total", metrics.gapEntries, "Entries that came by those reads"),
  family("gauge", "pool_jobs_pending", metrics.poolPending, "Pages that wait for a worker thread or are being made"),
  family("counter", "pool_jobs_total", metrics.poolJobs, "Pages made by worker threads, by kind of page"),
  family(
    "counter",
    "pool_job_seconds_total",
    metrics.poolJobSeconds,
    "Time from asking for pages to having them, by kind of page",
  ),
  family(
    "counter",
    "replica_reads_total",
    metrics.replicaReads,
    "Pages for which the replica of the store was asked, by what it was good for",
  ),
  family("histogram", "store_seconds", metrics.storeSeconds, "Time of commands (Redis) or of commits (embedded)"),
  family("gauge", "store_waiting", metrics.storeWaiting, "Commands or writes that the store has not answered yet"),
  family(
    "counter",
    "store_failures_total",
    metrics.storeFailures,
    "Commands that the store did not answer, or refused",
  ),
  family("counter", "leader_runs_total", metrics.leaderRuns, "Terms in which this node did a task of the leader"),
  family("counter", "calls_begun_total", metrics.callsBegun, "Calls begun"),
  family("counter", "calls_ended_total", metrics.callsEnded, "Calls that ended, by outcome"),
  family("counter", "mails_total", metrics.mails, "Tries to send a mail, by outcome"),
  family("counter", "file_uploads_begun_total", metrics.uploadsBegun, "Uploads begun"),
  family("counter", "file_uploads_completed_total", metrics.uploadsCompleted, "Uploads found right"),
  family("counter", "file_uploads_failed_total", metrics.uploadsFailed, "Uploads found wrong or given up, by reason"),
  family("gauge", "files_being_read", metrics.filesRead, "Files that are read to compare them, or wait for it"),
  family("counter", "files_expired_total", metrics.filesExpired, "Files removed because of --file-retention"),
  family("counter", "objects_removed_total", metrics.objectsRemoved, "Objects deleted from the store of files"),
  family("gauge", "object_transfers", metrics.objectTransfers, "Transfers under way at the built-in service"),
  family("counter", "object_bytes_total", metrics.objectBytes, "Bytes of files through the built-in service"),
];

let registry: Promise<Registry> | null = null;

/** In the text format of Prometheus 0.0.4. */
export async function metricsText(): Promise<string> {
  registry ??= prepare();
  return (await registry).metrics();
}

/** The same as data, for a process that puts those of several together; each is labelled with the worker's number. */
export async function metricsData(worker: number): Promise<readonly object[]> {
  registry ??= prepare();
  const own = await registry;
  own.setDefaultLabels({ worker: String(worker) });
  return own.getMetricsAsJSON();
}

/** Of several processes: their series stay apart, so that one that starts again is seen as what it is. */
export async function metricsTextOf(workers: readonly (readonly object[])[]): Promise<string> {
  const { AggregatorRegistry } = await import("prom-client");
  return AggregatorRegistry.aggregate([...workers]).metrics();
}

async function prepare(): Promise<Registry> {
  const { Registry, Counter, Gauge, collectDefaultMetrics } = await import("prom-client");
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const family of FAMILIES) {
    const { name, kind, help, labels, source } = family;
    if (source instanceof Durations || source instanceof RequestDurations) {
      // The library's own histogram counts for itself; this one only writes down. It asks a metric no more than this.
      const values = async () => ({ name, help, type: "histogram", aggregator: "sum", values: [...bucketsOf(family)] });
      registry.registerMetric({ name, get: values } as unknown as InstanceType<typeof Gauge>);
      continue;
    }
    const Kind = kind === "counter" ? Counter : Gauge;
    new Kind({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        this.reset();
        if (source instanceof Count) this.inc(source.value);
        else for (const [words, value] of source.entries()) this.inc(words, value);
      },
    });
  }
  return registry;
}

/** As Prometheus wants them: how many took at most so long, how long all together, and how many there were. */
function* bucketsOf({ name, source }: Family): Iterable<{ metricName: string; labels: Labels; value: number }> {
  const all: Iterable<readonly [Labels, Durations]> =
    source instanceof RequestDurations
      ? [...source.of].map(([word, durations]) => [{ [source.label]: word }, durations])
      : source instanceof Durations
        ? [[{}, source]]
        : [];
  for (const [labels, { counts, sumSeconds }] of all) {
    let sum = 0;
    for (const [size, count] of counts.entries()) {
      sum += count;
      yield { metricName: `${name}_bucket`, labels: { ...labels, le: String(SECONDS[size] ?? "+Inf") }, value: sum };
    }
    yield { metricName: `${name}_sum`, labels, value: sumSeconds };
    yield { metricName: `${name}_count`, labels, value: sum };
  }
}
