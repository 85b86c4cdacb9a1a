import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Loaded into a server with `--import`, and asked over the parent's channel: how late does the main loop come to a
 * timer, and let go of what is garbage. The server itself knows nothing of it.
 */
const RESOLUTION_MS = 1;

export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

let histogram: IntervalHistogram | null = null;

process.on("message", (asked) => {
  if (asked === "loop:start") {
    histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    process.send?.("loop:started");
  } else if (asked === "collect") {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    // The second takes what finalizers of the first let go of.
    collect();
    setImmediate(() => {
      collect();
      process.send?.("collected");
    });
  } else if (asked === "loop:stop" && histogram !== null) {
    histogram.disable();
    const late = (ns: number) => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    const delay: LoopDelay = {
      p50Ms: late(histogram.percentile(50)),
      p99Ms: late(histogram.percentile(99)),
      maxMs: late(histogram.max),
    };
    process.send?.(delay);
  }
});
process.channel?.unref();
