import { setTimeout as pause } from "node:timers/promises";
import { FaultProxy } from "../_util/fault-proxy.ts";
import { SupervisedServer } from "../_util/supervised-server.ts";
import { counted } from "./counters.ts";
import type { Fault } from "./fault.ts";

const DEAD_MS = 15_000;
const UNREAD_MS = 20_000;

export const linesDie: Fault = {
  what: "the clients' lines die silently",
  made: "A proxy before the server carries nothing for 15 s and closes nothing; what was open then stays dead for ever, and neither side is told (half-open); new connections pass. One of the clients only reads.",
  store: "embedded",
  async open() {
    let dead = false;
    const server = await SupervisedServer.start([], { fault: (chunk) => (dead ? "stall" : { pass: chunk }) });
    return {
      wsUrls: [server.wsUrl],
      async strike() {
        dead = true;
        const { open } = server.proxy;
        server.proxy.silenceAll();
        await pause(DEAD_MS);
        dead = false;
        return open === 0 ? null : `${open} lines are dead`;
      },
      async close() {
        await server.kill();
        await server.proxy.close();
      },
    };
  },
};

export const slowReader: Fault = {
  what: "a client does not read",
  made: "One of five clients takes nothing from its socket for 20 s, while the others write 40 texts of 16 KB a second.",
  store: "embedded",
  // As long as a text may be, and its number.
  textBytes: 16_000,
  async open() {
    let released = () => {};
    let held: Promise<void> | null = null;
    const server = await SupervisedServer.start([]);
    const slow = await FaultProxy.open({
      targetPort: Number(new URL(server.process.url).port),
      fault: (chunk, direction) => (held !== null && direction === "toClient" ? { hold: held } : { pass: chunk }),
    });
    const { wsUrl } = server;
    return {
      wsUrls: [wsUrl, `ws://127.0.0.1:${slow.port}/ws`, wsUrl, wsUrl, wsUrl],
      async strike() {
        held = new Promise((resolve) => {
          released = resolve;
        });
        await pause(UNREAD_MS);
        const behind = await counted(server.process.url, "parley_connections_behind_total");
        held = null;
        released();
        return behind === 0 ? null : "it was left behind, and told so when it read again";
      },
      async close() {
        await server.stop();
        await slow.close();
      },
    };
  },
};
