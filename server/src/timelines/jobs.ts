import type { ChatId, Params, ReplyErrorName, UserId } from "@parley/protocol";
import type { StoreUnavailable } from "../store/kv.ts";
import type { ChatNotice } from "./notify.ts";

/** What workers are asked for. Plain data: it is cloned on its way. */
export interface Job {
  /** The node's clock, which the worker takes over. */
  readonly now: number;
}

/** On behalf of somebody. */
export interface JobContext extends Job {
  readonly userId: UserId;
  readonly epoch: string;
}

export interface Jobs {
  readonly history: JobContext & { readonly params: Params<"message.history"> };
  readonly get: JobContext & { readonly params: Params<"message.get"> };
  readonly edits: JobContext & { readonly params: Params<"message.edits"> };
  /** Long params as the line of their request, to be read by the worker. */
  readonly sync: JobContext & { readonly params: Params<"sync.pull"> | string; readonly newest: number };
  readonly members: JobContext & { readonly params: Params<"member.list"> };
  readonly directory: JobContext & { readonly params: Params<"chat.directory"> };
  readonly receipts: JobContext & { readonly params: { readonly chatId: ChatId } };
  readonly reactions: JobContext & { readonly params: Params<"message.reactions"> };
  readonly poll: JobContext & { readonly params: Params<"message.poll"> };
  readonly readers: JobContext & { readonly params: Params<"message.readers"> };
  /** Writes: only where workers may. Answers the numbers of the notices. */
  readonly notify: Job & ChatNotice;
}

export type JobName = keyof Jobs;

/** Whoever assembles pages: JSON text of the method's result, or a `ReplyError`. */
export interface Pages {
  run<N extends JobName>(name: N, job: Jobs[N]): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

/** The error that refuses a page, as it comes from the worker. */
export interface Refused {
  readonly name: ReplyErrorName | StoreUnavailable["name"];
  readonly message: string;
}

/**
 * A page on its way out of the worker, to be taken out of it. Piscina's record of a task holds the answer, and that record is
 * alive to V8 until it marks the whole heap: looks at the young objects would not free one page.
 */
export interface Handed {
  page: Uint8Array;
}

/** Given to each worker when it starts. */
export interface WorkerSetup {
  /** As in the options of the store. */
  readonly location: string;
  readonly replica?: string | undefined;
  /** Where it counts what the replica was good for. */
  readonly replicaReads: SharedArrayBuffer;
}
