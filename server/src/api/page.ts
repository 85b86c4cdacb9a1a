import type { Services } from "../domain/services.ts";
import type { Session } from "../live/caller.ts";
import type { JobContext, JobName, Jobs } from "../timelines/jobs.ts";
import { RawJson } from "./raw-json.ts";

/** A result that a worker assembles. */
export async function page<N extends JobName>(
  { timelines, deps }: Services,
  { userId }: Session,
  name: N,
  asked: Omit<Jobs[N], keyof JobContext>,
): Promise<RawJson> {
  const context: JobContext = { userId, epoch: deps.epoch.current(), now: deps.clock.now() };
  return new RawJson(await timelines.run(name, { ...asked, ...context } as Jobs[N]));
}
