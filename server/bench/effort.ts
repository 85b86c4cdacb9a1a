/** How much is measured. Everything is bounded in count and time: a workload takes seconds to some minutes, quickly less than half a minute, the long one a quarter of an hour. */
export interface Effort {
  /** Repetitions of which the median is shown. */
  readonly rounds: number;
  /** Length of a paced round. */
  readonly seconds: number;
  /** Members of the groups of P2, besides the sender. */
  readonly groups: readonly number[];
  /** Connections of P4, and for how long they are watched: longer than one heartbeat. */
  readonly idle: number;
  /** The same of its reference. */
  readonly idleReference: number;
  readonly idleSeconds: number;
  /** Sign-ins in a round of P5. */
  readonly signIns: number;
  /** Light requests and syncs of P7 before it counts: as long as V8 compiles for a program, it takes of that program's core. */
  readonly warmUpSeconds: number;
  readonly warmUpSyncs: number;
  /** Messages in the log of P6. */
  readonly log: number;
  /** Connections of P8. */
  readonly senders: number;
  /** People of P13. */
  readonly crowd: number;
  /** Accounts and messages whose place in the store is measured. */
  readonly storedPeople: number;
  readonly stored: number;
}

export const FULL: Effort = {
  rounds: 3,
  seconds: 5,
  groups: [100, 1_000],
  idle: 1_000,
  idleReference: 1_000,
  idleSeconds: 35,
  signIns: 200,
  warmUpSeconds: 10,
  warmUpSyncs: 1_600,
  log: 100_000,
  senders: 1_000,
  crowd: 450,
  storedPeople: 200,
  stored: 20_000,
};

/** As many idle connections, and as long, as the figure of P4 speaks of. A process may often have 20,000 open files, and no more. */
export const LONG: Effort = { ...FULL, idle: 10_000, idleReference: 9_500, idleSeconds: 600 };

export const QUICK: Effort = {
  rounds: 1,
  seconds: 2,
  groups: [100],
  idle: 100,
  idleReference: 100,
  idleSeconds: 5,
  signIns: 50,
  warmUpSeconds: 1,
  warmUpSyncs: 100,
  log: 10_000,
  senders: 50,
  crowd: 50,
  storedPeople: 40,
  stored: 2_000,
};
