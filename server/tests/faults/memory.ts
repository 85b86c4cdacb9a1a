import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FloodName } from "../../bench/floods/floods.ts";
import { Program } from "../../bench/process/program.ts";
import { freePort } from "../_util/service-process.ts";
import { SupervisedServer } from "../_util/supervised-server.ts";
import type { Fault } from "./fault.ts";

const LASTS_MS = 10_000;
/** MiB of V8's heap. A server in which five people talk has 25 to 30 in use. */
const HEAP_MIB = 40;
/** What takes memory: each request is parsed and refused, each socket that is not a WebSocket yet has its buffers. */
const FLOODS: readonly FloodName[] = ["bigRequests", "slowBodies"];
const PROCESS = fileURLToPath(new URL("../../bench/floods/flood-process.js", import.meta.url));

export const memoryShort: Fault = {
  what: "memory is short",
  made: `The server has a heap of ${HEAP_MIB} MiB (\`--max-old-space-size\`), while two others flood it for 10 s, one with requests of 900 KB, one with bodies that never end; if it ends by itself, it is started again.`,
  store: "embedded",
  async open() {
    const port = await freePort();
    const environment = { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` };
    const server = await SupervisedServer.start(["--port", String(port)], { environment });
    server.keepAlive();
    return {
      wsUrls: [server.wsUrl],
      async strike() {
        const floods = await Promise.all(
          FLOODS.map((name, at) =>
            Program.start({
              command: [process.execPath, PROCESS, name, `http://127.0.0.1:${port}`, `127.0.1.${at + 1}`, ""],
              core: null,
              ready: /flooding/,
              channel: true,
            }),
          ),
        );
        await pause(LASTS_MS);
        const outcomes: Record<string, number> = {};
        for (const flood of floods) {
          for (const [outcome, count] of Object.entries((await flood.ask("stop")) as Record<string, number>)) {
            outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
          }
          await flood.stop();
        }
        const told = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
        return told.length === 0
          ? null
          : `the flood was answered ${told.join(", ")}; the server ended ${server.deaths} times`;
      },
      async close() {
        await server.stop();
      },
    };
  },
};
