import { setFlagsFromString } from "node:v8";

/**
 * How far each half of the young generation may grow, in MB. V8's own 16 is for a program that waits for little: what a busy
 * server has under way lives longer than they last, and would be found alive, and moved, four times as often. V8 hears it
 * only when Node is started: by the `parley` command, by `npm start`, and for workers by whoever forks them.
 */
export const NURSERY_MB = 64;

/** By how much the old generation may grow over what was alive in it before all of it is marked, in percent. */
const GROWTH_PERCENT = 100;

/**
 * Has V8's young generation stay at its first megabyte. Loading the program makes more garbage at once than serving does
 * later: V8 would answer with a nursery of 32 MB and keep it, a fifth of an empty server's memory.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/**
 * Lets the young generation grow when much of it is still in use, as V8 does by itself: in a megabyte a busy server would
 * find what it has under way still alive at each look and would move it to the old generation, a sixth of its time.
 *
 * And the old one to twice of what is alive. A server makes little that lasts, which V8 takes for a reason to mark everything
 * again after another 8 MB. The bytes of buffers count as well, and frames and pages make those within seconds: 25 ms of
 * marking each time, in steps of up to a millisecond, for which everybody waits.
 */
export function letHeapGrow(): void {
  setFlagsFromString("--semi-space-growth-factor=2");
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}

/**
 * The bound for the old generation of a thread that keeps up to `keptMb` in it. V8 lets it grow half-way from what is alive to
 * the bound, and marks it all the time while a full half of the nursery would not fit into what is left of that: such a
 * thread would do a fifteenth of its work.
 */
export function threadHeapMb(keptMb: number): number {
  return keptMb + 2 * NURSERY_MB;
}
