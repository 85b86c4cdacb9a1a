import { Redis } from "ioredis";
import { paced } from "../load/paced.ts";
import { type Percentiles, percentilesOf } from "../measure/spread.ts";

/** Bare LRANGE through ioredis, the reference of P6: `node lrange.js <redis url>`, then told over the channel. */
export interface LrangeJob {
  readonly key: string;
  readonly newest: number;
  readonly times: number;
  readonly perSecond: number;
}

const redis = new Redis(process.argv[2] ?? "", { protocol: 2 });

process.on("message", async (job: LrangeJob) => {
  const latencies = await paced(job.perSecond, job.times, () => read(job));
  const done: Percentiles = percentilesOf(latencies);
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
