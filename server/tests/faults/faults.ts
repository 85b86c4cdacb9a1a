import { busCutNats, busCutRedis } from "./buses.ts";
import { clockBack, clockForwards } from "./clocks.ts";
import { diskFull, diskFullRedis, diskHangs, diskReadOnly } from "./disks.ts";
import type { Fault } from "./fault.ts";
import { bothKilled, serverKilled, storeKilled, workerKilled } from "./killed.ts";
import { linesDie, slowReader } from "./lines.ts";
import { memoryShort } from "./memory.ts";
import { storeHangs, storeLinesDie, storeSlow } from "./stores.ts";

/** THE TABLE of faults that are made for real, in the order in which they are told. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "server-killed": serverKilled,
  "worker-killed": workerKilled,
  "store-killed": storeKilled,
  "both-killed": bothKilled,
  "disk-full": diskFull,
  "disk-full-redis": diskFullRedis,
  "disk-read-only": diskReadOnly,
  "disk-hangs": diskHangs,
  "store-slow": storeSlow,
  "store-hangs": storeHangs,
  "store-lines-die": storeLinesDie,
  "bus-cut-redis": busCutRedis,
  "bus-cut-nats": busCutNats,
  "lines-die": linesDie,
  "slow-reader": slowReader,
  "clock-forwards": clockForwards,
  "clock-back": clockBack,
  "memory-short": memoryShort,
};
