import { Redis } from "ioredis";
import { paced } from "../load/paced.ts";
import { percentile } from "../measure/spread.ts";

/** Bare LRANGE through ioredis, the reference of P6: `node lrange.js <redis url>`, then told over the channel. */
export interface LrangeJob {
  readonly key: string;
  readonly newest: number;
  readonly times: number;
  readonly perSecond: number;
}

export interface LrangeDone {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const redis = new Redis(process.argv[2] ?? "", { protocol: 2 });

process.on("message", async (job: LrangeJob) => {
  const latencies = await paced(job.perSecond, job.times, () => read(job));
  const done: LrangeDone = { p50Ms: percentile(latencies, 50), p99Ms: percentile(latencies, 99) };
  process.send?.(done);
});

async function read({ key, newest }: LrangeJob): Promise<number> {
  const startedAt = performance.now();
  await redis.lrangeBuffer(key, -newest, -1);
  return performance.now() - startedAt;
}

process.once("SIGTERM", () => {
  redis.disconnect();
  process.disconnect();
});
await redis.ping();
process.stdout.write("ready\n");
