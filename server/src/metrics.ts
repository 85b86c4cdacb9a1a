import { type Method, REQUESTS, type ReplyErrorName } from "@parley/protocol";

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

/** One count for each of the words that a label may be. */
class Counts<Word extends string> {
  readonly label: string;
  readonly #of = new Map<Word, Count>();

  constructor(label: string, words: readonly Word[]) {
    this.label = label;
    for (const word of words) this.#of.set(word, new Count());
  }

  add(word: Word, by = 1): void {
    this.#of.get(word)?.add(by);
  }

  *entries(): Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]> {
    for (const [word, { value }] of this.#of) yield [{ [this.label]: word }, value];
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

  *entries(): Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]> {
    for (const [method, outcomes] of this.#of) {
      for (const [outcome, { value }] of outcomes) yield [{ method, outcome }, value];
    }
  }
}

/** Of the pool that makes pages; as timelines/jobs.ts has them. */
const JOBS = [
  "history",
  "get",
  "edits",
  "sync",
  "members",
  "directory",
  "receipts",
  "reactions",
  "poll",
  "readers",
  "notify",
] as const;

export const metrics = {
  connections: new Count(),
  signIns: new Counts("how", ["register", "password", "code", "token", "ticket"]),
  requests: new RequestCounts(),
  messagesAppended: new Count(),
  eventsDelivered: new Count(),
  fanOuts: new Count(),
  busPublished: new Count(),
  gapsFetched: new Count(),
  gapEntries: new Count(),
  poolPending: new Count(),
  poolJobs: new Counts("job", JOBS),
  poolJobSeconds: new Counts("job", JOBS),
  storeFailures: new Counts("why", ["unavailable", "refused"]),
  leaderRuns: new Counts("task", ["intents", "due", "files"]),
  uploadsBegun: new Count(),
  uploadsCompleted: new Count(),
  uploadsFailed: new Counts("reason", ["size", "hash", "type", "aborted"]),
  filesRead: new Count(),
  filesExpired: new Count(),
  objectsRemoved: new Count(),
  objectTransfers: new Count(),
  objectBytes: new Counts("direction", ["up", "down"]),
};

type Kind = "counter" | "gauge";
type Source = Count | Counts<string> | RequestCounts;

interface Family {
  readonly name: string;
  readonly kind: Kind;
  readonly help: string;
  readonly labels: readonly string[];
  readonly source: Source;
}

function family(kind: Kind, name: string, source: Source, help: string): Family {
  const labels =
    source instanceof Count ? [] : source instanceof RequestCounts ? ["method", "outcome"] : [source.label];
  return { name: `parley_${name}`, kind, help, labels, source };
}

/** What is told. A row each in docs/metrics.md. */
export const FAMILIES: readonly Family[] = [
  family("gauge", "connections", metrics.connections, "Sockets that are open, signed in or not"),
  family("counter", "sign_ins_total", metrics.signIns, "Sign-ins, by how"),
  family("counter", "requests_total", metrics.requests, "Requests that were answered, by method and outcome"),
  family("counter", "messages_appended_total", metrics.messagesAppended, "Entries put into logs of chats by this node"),
  family("counter", "events_delivered_total", metrics.eventsDelivered, "Events handed to connections"),
  family("counter", "fan_outs_total", metrics.fanOuts, "Notices written to all members of a chat"),
  family("counter", "bus_published_total", metrics.busPublished, "Messages told to other nodes"),
  family(
    "counter",
    "gaps_fetched_total",
    metrics.gapsFetched,
    "Reads of logs to make up for what the bus did not bring",
  ),
  family("counter", "gap_entries_total", metrics.gapEntries, "Entries that came by those reads"),
  family("gauge", "pool_jobs_pending", metrics.poolPending, "Pages that wait for a worker thread or are being made"),
  family("counter", "pool_jobs_total", metrics.poolJobs, "Pages made by worker threads, by job"),
  family(
    "counter",
    "pool_job_seconds_total",
    metrics.poolJobSeconds,
    "Time from asking for pages to having them, by job",
  ),
  family(
    "counter",
    "store_failures_total",
    metrics.storeFailures,
    "Commands that the store did not answer, or refused",
  ),
  family("counter", "leader_runs_total", metrics.leaderRuns, "Terms in which this node did a task of the leader"),
  family("counter", "file_uploads_begun_total", metrics.uploadsBegun, "Uploads begun"),
  family("counter", "file_uploads_completed_total", metrics.uploadsCompleted, "Uploads found right"),
  family("counter", "file_uploads_failed_total", metrics.uploadsFailed, "Uploads found wrong or given up, by reason"),
  family("gauge", "files_being_read", metrics.filesRead, "Files that are read to compare them, or wait for it"),
  family("counter", "files_expired_total", metrics.filesExpired, "Files removed because of --file-retention"),
  family("counter", "objects_removed_total", metrics.objectsRemoved, "Objects deleted from the store of files"),
  family("gauge", "object_transfers", metrics.objectTransfers, "Transfers under way at the built-in service"),
  family("counter", "object_bytes_total", metrics.objectBytes, "Bytes of files through the built-in service"),
];

let page: Promise<() => Promise<string>> | null = null;

/** In the text format of Prometheus 0.0.4. */
export async function metricsText(): Promise<string> {
  page ??= preparePage();
  return (await page)();
}

async function preparePage(): Promise<() => Promise<string>> {
  const { Registry, Counter, Gauge, collectDefaultMetrics } = await import("prom-client");
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name, kind, help, labels, source } of FAMILIES) {
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
  return () => registry.metrics();
}
