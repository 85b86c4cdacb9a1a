import { setTimeout as pause } from "node:timers/promises";
import { DURABLE, startRedis } from "../_util/redis.ts";
import { SupervisedServer } from "../_util/supervised-server.ts";
import { refusals } from "./counters.ts";
import type { Fault } from "./fault.ts";
import { SmallDisk } from "./small-disk.ts";

/** How long a disk is full, or frozen, or not to be written. */
const LASTS_MS = 10_000;
/** After which a service manager starts Redis again. */
const AGAIN_MS = 500;

async function onDisk(kind: "tmpfs" | "ext4"): Promise<{ disk: SmallDisk; server: SupervisedServer }> {
  const disk = await SmallDisk.make(kind);
  try {
    return { disk, server: await SupervisedServer.start(["--data", `${disk.path}/data`]) };
  } catch (error) {
    await disk.remove();
    throw error;
  }
}

export const diskFull: Fault = {
  what: "the disk is full",
  made: "`--data` is on a tmpfs of 48 MB (as root), which a file fills to the last byte for 10 s; the same server has to go on.",
  store: "embedded",
  async open() {
    const { disk, server } = await onDisk("tmpfs");
    const { url } = server.process;
    return {
      wsUrls: [server.wsUrl],
      async strike() {
        await disk.fill();
        await pause(LASTS_MS);
        const noticed = await refusals(url);
        await disk.empty();
        return noticed;
      },
      async close() {
        await server.stop();
        await disk.remove();
      },
    };
  },
};

export const diskFullRedis: Fault = {
  what: "the disk of the store is full",
  made: "redis-server (`appendfsync always`) has its folder on a tmpfs of 48 MB (as root), filled for 10 s. It ends by itself, and is started every half second until it stays.",
  store: "Redis",
  async open() {
    const disk = await SmallDisk.make("tmpfs");
    const redis = await startRedis([...DURABLE, "--dir", disk.path]);
    const server = await SupervisedServer.start(["--store", redis.url]);
    let open = true;
    let ends = 0;
    const supervised = (async () => {
      for (;;) {
        await redis.ended();
        if (!open) return;
        ends += 1;
        await pause(AGAIN_MS);
        await redis.restart().catch(() => {});
      }
    })();
    return {
      wsUrls: [server.wsUrl],
      async strike() {
        await disk.fill();
        await pause(LASTS_MS);
        const refused = await refusals(server.process.url);
        await disk.empty();
        return ends === 0 || refused === null ? null : `the store ended ${ends} times; ${refused}`;
      },
      async close() {
        open = false;
        await server.stop();
        await redis.stop();
        await supervised;
        await disk.remove();
      },
    };
  },
};

export const diskReadOnly: Fault = {
  what: "the disk is read-only",
  made: "`--data` is on an ext4 in a file (as root), which is made read-only as the kernel does after an error (`remount,abort`) for 10 s; then the server is stopped, the disk checked and mounted, and the server started.",
  store: "embedded",
  async open() {
    const { disk, server } = await onDisk("ext4");
    return {
      wsUrls: [server.wsUrl],
      async strike() {
        await disk.makeReadOnly();
        await pause(LASTS_MS);
        return refusals(server.process.url);
      },
      async mend() {
        await server.process.stop();
        await disk.repair();
        await server.restart();
      },
      async close() {
        await server.stop();
        await disk.remove();
      },
    };
  },
};

export const diskHangs: Fault = {
  what: "the disk hangs",
  made: "`--data` is on an ext4 in a file (as root), which is frozen (`fsfreeze`) for 10 s: no write comes back.",
  store: "embedded",
  async open() {
    const { disk, server } = await onDisk("ext4");
    return {
      wsUrls: [server.wsUrl],
      async strike(talk) {
        const beganAt = performance.now();
        await disk.freeze();
        try {
          await pause(LASTS_MS);
        } finally {
          await disk.thaw();
        }
        const waitedMs = talk.slowestMs(beganAt, performance.now());
        return waitedMs < LASTS_MS / 2 ? null : "nothing was acknowledged meanwhile";
      },
      async close() {
        await server.stop();
        await disk.remove();
      },
    };
  },
};
