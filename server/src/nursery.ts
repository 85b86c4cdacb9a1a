import { setFlagsFromString } from "node:v8";

/**
 * How far each half of it may grow, in MB. V8's own 16 is for a program that waits for little: what a busy server has under way
 * lives longer than they last, and would be found alive, and moved, four times as often. V8 hears it only when Node is
 * started: by the `parley` command, by `npm start`, and for workers by whoever forks them.
 */
export const NURSERY_MB = 64;

/**
 * Has V8's young generation stay at its first megabyte. Loading the program makes more garbage at once than serving does
 * later: V8 would answer with a nursery of 32 MB and keep it, a fifth of an empty server's memory.
 */
export function keepNursery(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/**
 * Lets it grow when much of it is still in use, as V8 does by itself. In a megabyte a busy server would find what it has
 * under way still alive at each look and would move it to the old generation: a sixth of its time.
 */
export function letNurseryGrow(): void {
  setFlagsFromString("--semi-space-growth-factor=2");
}
