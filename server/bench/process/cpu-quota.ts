import { existsSync } from "node:fs";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** How often the kernel hands out a share. Shorter than its default of 100 ms, which clients would feel as pauses. */
const PERIOD_US = 10_000;

/** Five seconds in all: a worker notices by itself that its parent is gone. */
const GONE_TRIES = 100;
const GONE_EACH_MS = 50;

/** Where control groups can be made, and how a share of a core is written there: version 2, and version 1. */
const KINDS = [
  {
    root: "/sys/fs/cgroup",
    mark: "cgroup.subtree_control",
    write: { "cpu.max": (quotaUs: number) => `${quotaUs} ${PERIOD_US}` },
  },
  {
    root: "/sys/fs/cgroup/cpu",
    mark: "cpu.cfs_quota_us",
    write: { "cpu.cfs_period_us": () => String(PERIOD_US), "cpu.cfs_quota_us": String },
  },
];

/** A group of processes that gets so much of the machine's CPU and no more: like a machine that is smaller than this one. */
export class CpuQuota {
  static #made = 0;
  readonly #folder: string;
  readonly #write: Readonly<Record<string, (quotaUs: number) => string>>;

  private constructor(folder: string, write: Readonly<Record<string, (quotaUs: number) => string>>) {
    this.#folder = folder;
    this.#write = write;
  }

  /** Null where this user may make no control group. */
  static async make(): Promise<CpuQuota | null> {
    const kind = KINDS.find(({ root, mark }) => existsSync(join(root, mark)));
    if (kind === undefined) return null;
    CpuQuota.#made += 1;
    const folder = join(kind.root, `parley-bench-${process.pid}-${CpuQuota.#made}`);
    try {
      await mkdir(folder);
      return new CpuQuota(folder, kind.write);
    } catch {
      return null;
    }
  }

  static async possible(): Promise<boolean> {
    const quota = await CpuQuota.make();
    await quota?.remove();
    return quota !== null;
  }

  /** The command line that runs `command`, and whatever it starts, in the group. */
  around(command: readonly string[]): readonly string[] {
    return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', join(this.#folder, "cgroup.procs"), ...command];
  }

  async limit(cores: number): Promise<void> {
    for (const [name, text] of Object.entries(this.#write)) {
      await writeFile(join(this.#folder, name), text(Math.round(cores * PERIOD_US)));
    }
  }

  /** When its processes have been told to end: children end a moment after their parent. */
  async remove(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await rmdir(this.#folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EBUSY" || tries === GONE_TRIES) throw error;
        await setTimeout(GONE_EACH_MS);
      }
    }
  }
}
