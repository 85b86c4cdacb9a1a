import { availableParallelism, setPriority } from "node:os";
import { ReplyError } from "@parley/protocol";
import { move, transferableSymbol, valueSymbol, workerData } from "piscina";
import { REPLICA_OUTCOMES, SharedCounts } from "../metrics.ts";
import { minorCollector } from "../minor-collector.ts";
import { systemClock } from "../platform.ts";
import { type Kv, StoreUnavailable } from "../store/kv.ts";
import { openStoreWithReplica } from "../store/open-store.ts";
import { directoryPage } from "./directory-page.ts";
import { historyPage } from "./history-page.ts";
import type { Handed, Job, Jobs, Refused, WorkerSetup } from "./jobs.ts";
import { membersPage, receiptsPage } from "./member-pages.ts";
import { editsPage, messagesPage } from "./message-pages.ts";
import { notifyMembers } from "./notify.ts";
import { pollPage } from "./poll-page.ts";
import { reactionsPage } from "./reactions-page.ts";
import { readersPage } from "./readers-page.ts";
import { SteppingBack } from "./stepping-back.ts";
import { syncPage } from "./sync-page.ts";
import { Tidying } from "./tidying.ts";

/** Threads give way to the main loop, which everybody waits for. */
const NICE = 10;

/** The node may live at another time than this thread; what is left of it here is the difference. */
let aheadMs = 0;
const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };

const setup = workerData as WorkerSetup;
const { kv: store, replica } = await openStoreWithReplica({ ...setup, clock });
const replicaReads = new SharedCounts("outcome", REPLICA_OUTCOMES, setup.replicaReads);
// Only now: somebody waits for the first page, and on a busy machine a thread that gives way has taken half a minute to
// load its modules. Where this is not Linux it would be the whole process that gives way.
if (process.platform === "linux") setPriority(NICE);

/** Elsewhere the main loop has a core of its own, and a pause would only cost. */
const steppingBack = availableParallelism() === 1 ? new SteppingBack() : null;
const between = () => steppingBack?.between();

const collect = minorCollector();
const tidying = new Tidying(() => {
  // The main loop takes the page first.
  between();
  collect();
});

type MakePage<J> = (store: Kv, job: J) => Promise<Uint8Array>;

/** Or the error that refuses it: errors lose their class on the way. */
async function pageOrRefusal<J extends Job>(kv: Kv, job: J, makePage: MakePage<J>): Promise<Uint8Array | Refused> {
  try {
    return await makePage(kv, job);
  } catch (error) {
    if (error instanceof ReplyError) return { name: error.name, message: error.message };
    throw error;
  }
}

/** Pages are moved to the caller. */
function handOver(answer: Uint8Array | Refused): unknown {
  if (!(answer instanceof Uint8Array)) return answer;
  return move({ [transferableSymbol]: answer.buffer, [valueSymbol]: { page: answer } satisfies Handed });
}

function work<J extends Job>(job: J, makePage: MakePage<J>): Promise<unknown> {
  return tidying.after(() => workByStore(job, makePage));
}

async function workByStore<J extends Job>(job: J, makePage: MakePage<J>): Promise<unknown> {
  aheadMs = job.now - systemClock.now();
  store.refresh();
  try {
    return handOver(await pageOrRefusal(store, job, makePage));
  } catch (error) {
    if (error instanceof StoreUnavailable) return { name: error.name, message: error.message } satisfies Refused;
    throw error;
  }
}

/** From a replica, if there is one that has everything. */
async function workByReplica<J extends Job>(job: J, makePage: MakePage<J>): Promise<unknown> {
  if (replica === null) return work(job, makePage);
  aheadMs = job.now - systemClock.now();
  const read = await tidying.after(() => replica.read((kv) => pageOrRefusal(kv, job, makePage)));
  replicaReads.add(read.outcome);
  return read.outcome === "used" ? handOver(read.value) : work(job, makePage);
}

export const history = (job: Jobs["history"]) => workByReplica(job, historyPage);
export const get = (job: Jobs["get"]) => work(job, messagesPage);
export const edits = (job: Jobs["edits"]) => work(job, editsPage);
export const sync = (job: Jobs["sync"]) => work(job, (kv, asked: Jobs["sync"]) => syncPage(kv, asked, between));
export const members = (job: Jobs["members"]) => work(job, membersPage);
export const directory = (job: Jobs["directory"]) => work(job, directoryPage);
export const receipts = (job: Jobs["receipts"]) => work(job, receiptsPage);
export const reactions = (job: Jobs["reactions"]) => work(job, reactionsPage);
export const poll = (job: Jobs["poll"]) => work(job, pollPage);
export const readers = (job: Jobs["readers"]) => work(job, readersPage);
export const notify = (job: Jobs["notify"]) => work(job, notifyMembers);
