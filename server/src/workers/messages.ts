/** What the primary process and its workers say to each other, besides what the store and the bus do. */

/** Asked by a worker when it starts. */
export const PLACE = "place";
export interface Place {
  readonly number: number;
  readonly of: number;
  readonly first: boolean;
  /** Where the primary listens for all of them. */
  readonly port: number;
}

/** Told by a worker when it serves: the banner. */
export const READY = "ready";
/** Told by a worker that ends: it takes no more connections. */
export const LEAVING = "leaving";
/** Told by a worker: one of its connections is over. */
export const OVER = "over";
/** Goes with a connection, beside the pipe. */
export const CONNECTION = "connection";

/** Told to a worker: finish what is under way and end. The second time: in a hurry. */
export const STOP = "stop";

/** Asked by a worker for those of all, and by the primary for those of one. */
export const METRICS = "metrics";
export type Figures = readonly object[];
