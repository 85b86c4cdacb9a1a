import { existsSync, readdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { temporaryFolder } from "../_util/folder.ts";
import { turnsUntil } from "../_util/patience.ts";
import { SupervisedServer } from "../_util/supervised-server.ts";
import { type Fault, Lacking } from "./fault.ts";
import type { Talk } from "./talk.ts";

const LASTS_MS = 8_000;
const HOUR_MS = 3600_000;
/** The library looks at its file once a second. */
const LOOK_MS = 100;
/** Of a jump that has come about, to half of it. */
const isNear = (offMs: number, wantedMs: number) => Math.abs(offMs - wantedMs) < HOUR_MS / 2;

/** How far the server's clock is before this machine's. */
async function offOf(talk: Talk): Promise<number> {
  const [first] = talk.people;
  const info = await first?.client.request("node.info", {});
  return (info?.server.timeMs ?? 0) - Date.now();
}

function jump(what: string, byMs: number): Fault {
  return {
    what,
    made: `libfaketime moves the wall clock of the running server ${byMs > 0 ? "forwards" : "back"} by an hour, and 8 s later to the right time again.`,
    store: "embedded",
    async open() {
      const library = findLibrary();
      if (library === null) throw new Lacking("libfaketime is not installed (Debian: faketime)");
      const folder = await temporaryFolder();
      const file = join(folder, "clock");
      const set = (ms: number) => writeFile(file, `${ms < 0 ? "-" : "+"}${Math.abs(ms) / 1000}\n`);
      await set(0);
      const environment = {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_CACHE_DURATION: "1",
        // A clock that is set moves no timers: the kernel counts them by another one.
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      };
      const server = await SupervisedServer.start([], { environment });
      const jumpTo = async (talk: Talk, ms: number) => {
        await set(ms);
        await turnsUntil(
          async () => isNear(await offOf(talk), ms),
          () => `the clock to be ${ms} ms off`,
          () => pause(LOOK_MS),
        );
      };
      return {
        wsUrls: [server.wsUrl],
        async strike(talk) {
          await jumpTo(talk, byMs);
          await pause(LASTS_MS);
          const off = await offOf(talk);
          await jumpTo(talk, 0);
          return `the server said ${Math.round(off / 1000)} s`;
        },
        async close() {
          await server.stop();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  };
}

/** Below a folder that is named after the architecture. */
function findLibrary(): string | null {
  if (!existsSync("/usr/lib")) return null;
  const found = readdirSync("/usr/lib")
    .map((name) => join("/usr/lib", name, "faketime", "libfaketime.so.1"))
    .find((path) => existsSync(path));
  return found ?? null;
}

export const clockForwards = jump("the clock jumps forwards and back", HOUR_MS);
export const clockBack = jump("the clock jumps back and forwards", -HOUR_MS);
