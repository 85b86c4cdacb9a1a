import { setFlagsFromString } from "node:v8";

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
