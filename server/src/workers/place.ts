import type { Server } from "node:http";
import type { Pipe } from "../pipe.ts";

/** What makes a node one of several on a machine. */
export interface WorkerPlace {
  /** To the process that forked it. */
  readonly pipe: Pipe;
  /** From 1; the next life of a worker that died has the same. */
  readonly number: number;
  readonly of: number;
  /** None of the others has been started yet. */
  readonly first: boolean;
  /** Of all of them. */
  metricsText(): Promise<string>;
  /** In place of listening: connections come from there. */
  listen(http: Server): { readonly port: number; close(): void };
}
