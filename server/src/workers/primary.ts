import { IpcHub } from "../bus/ipc-hub.ts";
import { type Config, ConfigError } from "../config.ts";
import { Disposal } from "../disposal.ts";
import { createLog } from "../log.ts";
import { systemClock, systemRandom } from "../platform.ts";
import { serveStore } from "../store/ipc/owner.ts";
import type { Kv } from "../store/kv.ts";
import { storeLocation } from "../store/location.ts";
import { openStore } from "../store/open-store.ts";
import { Crew } from "./crew.ts";
import { Door } from "./door.ts";

export interface PrimaryOptions {
  readonly config: Config;
  readonly args: readonly string[];
  /** Resolves when somebody wants it to end, or is in a hurry then. */
  nextSignal(): Promise<void>;
  say(text: string): void;
}

/**
 * Runs `--workers` nodes behind one port. This process serves nobody: it gives out connections, owns the embedded store
 * and carries its bus, so it has little that could fail. Answers the exit code.
 */
export async function runPrimary({ config, args, nextSignal, say }: PrimaryOptions): Promise<number> {
  const signalled = nextSignal();
  const disposal = new Disposal();
  try {
    const store = config.store === "" ? await openOwnStore(config) : null;
    if (store !== null) disposal.defer(() => store.close());
    const door = await Door.open(config.port, config.host);
    disposal.defer(() => door.close());
    const hub = new IpcHub();
    const crew = new Crew({
      size: config.workers,
      door,
      args,
      drainMs: config.drain * 1_000,
      clock: systemClock,
      log: createLog(config.logLevel),
      equip({ pipe }) {
        hub.add(pipe);
        if (store !== null) serveStore(store, pipe);
      },
    });
    const begun = await Promise.race([crew.start(), signalled.then(() => "signalled" as const)]);
    if (begun !== null && begun !== "signalled") {
      say(begun);
      const why = await Promise.race([signalled, crew.failed.then(() => "failed" as const)]);
      void nextSignal().then(() => crew.hurry());
      say(why === "failed" ? "No worker can be kept alive.\n" : "Stopping.\n");
      return (await crew.stop()) && why !== "failed" ? 0 : 1;
    }
    await crew.stop();
    return begun === null ? 1 : 0;
  } finally {
    await disposal.run();
  }
}

async function openOwnStore(config: Config): Promise<Kv> {
  const location = storeLocation(config);
  const opened = await openStore({ location, clock: systemClock, random: systemRandom }).catch((error: Error) => {
    // Its words are meant for the operator.
    throw new ConfigError(error.message, { cause: error });
  });
  return opened.kv;
}
