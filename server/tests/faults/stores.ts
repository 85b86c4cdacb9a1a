import { setTimeout as pause } from "node:timers/promises";
import { type Fault as ChunkFault, FaultProxy } from "../_util/fault-proxy.ts";
import { startRedis } from "../_util/redis.ts";
import { SupervisedServer } from "../_util/supervised-server.ts";
import { refusals } from "./counters.ts";
import type { Fault, Scene } from "./fault.ts";

const LASTS_MS = 10_000;
/** Of what the store is told and answers, each way: some, and at the most less than a command may take. */
const SLOW_MS = [100, 800] as const;

/** A Redis behind a wire; `fault` is asked for each chunk while the fault lasts. */
async function behindWire(
  { fault, silences = false }: { readonly fault: () => ChunkFault; readonly silences?: boolean },
  noticed: (url: string, slowestMs: number) => Promise<string | null>,
): Promise<Scene> {
  let struck = false;
  const redis = await startRedis();
  const wire = await FaultProxy.open({
    targetPort: redis.port,
    fault: (chunk) => (struck ? fault() : { pass: chunk }),
  });
  const server = await SupervisedServer.start(["--store", redis.url.replace(`:${redis.port}`, `:${wire.port}`)]);
  return {
    wsUrls: [server.wsUrl],
    async strike(talk) {
      const beganAt = performance.now();
      struck = true;
      if (silences) wire.silenceAll();
      await pause(LASTS_MS);
      struck = false;
      return noticed(server.process.url, talk.slowestMs(beganAt, performance.now()));
    },
    async close() {
      await server.stop();
      await wire.close();
      await redis.stop();
    },
  };
}

export const storeSlow: Fault = {
  what: "the store is slow",
  made: "A proxy before redis-server holds all that passes for 100 to 800 ms, each way, for 10 s.",
  store: "Redis",
  open: () =>
    behindWire(
      {
        fault: () => {
          const [least, most] = SLOW_MS;
          return { hold: pause(least + (most - least) * Math.random()) };
        },
      },
      async (_, slowestMs) => (slowestMs < SLOW_MS[0] ? null : "all acknowledgements were late"),
    ),
};

export const storeHangs: Fault = {
  what: "the store hangs",
  made: "SIGSTOP of redis-server for 10 s: it keeps its connections and answers nothing; then SIGCONT.",
  store: "Redis",
  async open() {
    const redis = await startRedis();
    const server = await SupervisedServer.start(["--store", redis.url]);
    return {
      wsUrls: [server.wsUrl],
      async strike() {
        redis.freeze();
        await pause(LASTS_MS);
        const noticed = await refusals(server.process.url);
        redis.thaw();
        return noticed;
      },
      async close() {
        await server.stop();
        await redis.stop();
      },
    };
  },
};

export const storeLinesDie: Fault = {
  what: "the lines to the store die silently",
  made: "A proxy before redis-server carries nothing for 10 s and closes nothing; what was open then stays dead for ever, new connections pass.",
  store: "Redis",
  open: () => behindWire({ fault: () => "stall", silences: true }, refusals),
};
