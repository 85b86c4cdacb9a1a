import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, statfs, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Lacking } from "./fault.ts";

const run = promisify(execFile);

/** Room for some thousand messages. LMDB keeps every page that it replaces until nobody reads it. */
const SIZE_BYTES = 48 * 1024 ** 2;
/** Written at once when a disk is filled. */
const PIECE_BYTES = 1024 ** 2;

/** What has to be undone even when the process ends before its time: a frozen disk would hold up whoever touches it. */
const mounted = new Set<string>();
process.on("exit", () => {
  for (const path of mounted) {
    spawnSync("fsfreeze", ["-u", path]);
    spawnSync("umount", ["-l", path]);
  }
});

/** A file system of its own, mounted: root may break it without harm to the machine. */
export class SmallDisk {
  readonly path: string;
  readonly #folder: string;
  /** The file that is the disk; null: memory. */
  readonly #image: string | null;

  private constructor(folder: string, image: string | null) {
    this.#folder = folder;
    this.#image = image;
    this.path = join(folder, "disk");
  }

  /** `ext4` lies in a file behind a loop device, and can be frozen or stop to be written; `tmpfs` is in memory, and can be full. */
  static async make(kind: "tmpfs" | "ext4"): Promise<SmallDisk> {
    if (process.platform !== "linux" || process.getuid?.() !== 0) {
      throw new Lacking("only root on Linux may mount a disk of its own");
    }
    const folder = await mkdtemp(join(tmpdir(), "parley-disk-"));
    const disk = new SmallDisk(folder, kind === "ext4" ? join(folder, "image") : null);
    try {
      await run("mkdir", [disk.path]);
      if (disk.#image !== null) {
        await writeFile(disk.#image, "");
        await truncate(disk.#image, SIZE_BYTES);
        await run("mkfs.ext4", ["-q", "-F", disk.#image]);
      }
      await disk.#mount();
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw new Lacking(`no ${kind} can be mounted here: ${String(error).split("\n")[0]}`);
    }
    return disk;
  }

  get #filler(): string {
    return join(this.path, "filler");
  }

  /** Takes all the room that is left. */
  async fill(): Promise<void> {
    for (;;) {
      const { bavail, bsize } = await statfs(this.path);
      if (bavail === 0) return;
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, bavail * bsize));
      // Others may take the last room meanwhile.
      await writeFile(this.#filler, piece, { flag: "a" }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOSPC") throw error;
      });
    }
  }

  async empty(): Promise<void> {
    await rm(this.#filler);
  }

  /** What writes waits, until `thaw`. */
  async freeze(): Promise<void> {
    await run("fsfreeze", ["-f", this.path]);
  }

  async thaw(): Promise<void> {
    await run("fsfreeze", ["-u", this.path]);
  }

  /** As the kernel does when it meets an error on a disk: nothing can be written, until `repair`. */
  async makeReadOnly(): Promise<void> {
    await run("mount", ["-o", "remount,abort", this.path]);
  }

  /** What an operator does then; nobody may have a file open. */
  async repair(): Promise<void> {
    await this.#unmount();
    // 1: errors were corrected.
    await run("e2fsck", ["-f", "-y", this.#image ?? ""]).catch((error: { code?: number }) => {
      if (error.code !== 1) throw error;
    });
    await this.#mount();
  }

  async remove(): Promise<void> {
    await this.#unmount();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #mount(): Promise<void> {
    const memory = ["-t", "tmpfs", "-o", `size=${SIZE_BYTES}`, "tmpfs"];
    await run("mount", [...(this.#image === null ? memory : ["-o", "loop", this.#image]), this.path]);
    mounted.add(this.path);
  }

  async #unmount(): Promise<void> {
    await run("umount", [this.path]);
    mounted.delete(this.path);
  }
}
