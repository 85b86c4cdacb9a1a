import { join } from "node:path";
import type { Effort } from "./effort.ts";
import type { System } from "./load/system.ts";
import type { Person } from "./parley/person.ts";
import { ParleySystem } from "./parley/system.ts";
import type { Cores } from "./process/cores.ts";
import type { RedisServer } from "./process/redis.ts";
import { ReferenceSystem } from "./reference/system.ts";
import type { Report } from "./report.ts";

/** Where Parley's keys and the reference's lie in one Redis, so that both pay for the same disk. */
export const PARLEY_DATABASE = 0;
export const REFERENCE_DATABASE = 1;

interface ReferenceChoice {
  readonly coalesce?: boolean;
  readonly nodeArgs?: readonly string[];
}

/** What every workload is given: the parts that last for the whole run. */
export class Bench {
  readonly effort: Effort;
  readonly report: Report;
  readonly redis: RedisServer;
  readonly people: readonly Person[];
  readonly cores: Cores | null;
  readonly data: string;
  private readonly profile: string | null;

  constructor(parts: {
    effort: Effort;
    report: Report;
    redis: RedisServer;
    people: readonly Person[];
    cores: Cores | null;
    /** Parley's `--data`. */
    data: string;
    /** A folder for CPU profiles of the servers; null: none, since profiling costs. */
    profile: string | null;
  }) {
    this.effort = parts.effort;
    this.report = parts.report;
    this.redis = parts.redis;
    this.people = parts.people;
    this.cores = parts.cores;
    this.data = parts.data;
    this.profile = parts.profile;
  }

  parley(nodeArgs: readonly string[] = [], storeUrl = this.redis.url(PARLEY_DATABASE)): Promise<ParleySystem> {
    return ParleySystem.start({
      storeUrl,
      core: this.cores?.server ?? null,
      people: this.people,
      data: this.data,
      nodeArgs: [...nodeArgs, ...this.profiling("parley")],
    });
  }

  reference({ coalesce = false, nodeArgs = [] }: ReferenceChoice = {}): Promise<ReferenceSystem> {
    return ReferenceSystem.start({
      redisUrl: this.redis.url(REFERENCE_DATABASE),
      core: this.cores?.server ?? null,
      coalesce,
      nodeArgs: [...nodeArgs, ...this.profiling("reference")],
    });
  }

  /** Starts the servers, hands them over, and ends them whatever happened. */
  async with<S extends System>(
    starting: readonly Promise<S>[],
    work: (...systems: S[]) => Promise<void>,
  ): Promise<void> {
    const started = await Promise.allSettled(starting);
    try {
      await work(
        ...started.map((result) => {
          if (result.status === "rejected") throw result.reason;
          return result.value;
        }),
      );
    } finally {
      for (const result of started) if (result.status === "fulfilled") await result.value.program.stop();
    }
  }

  private profiling(name: string): readonly string[] {
    if (this.profile === null) return [];
    return ["--cpu-prof", `--cpu-prof-dir=${join(this.profile, name)}`];
  }
}
