import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROCESS = fileURLToPath(new URL("../../../../turn/dist/tests/_util/coturn-process.js", import.meta.url));

interface Told {
  readonly url?: string;
  readonly secretFile?: string;
  readonly failed?: string;
}

/** A real relay on loopback, with the options by which a server uses it. */
export interface Coturn {
  readonly options: readonly string[];
  stop(): Promise<void>;
}

export async function startCoturn(): Promise<Coturn> {
  const child = fork(PROCESS, { stdio: "inherit" });
  const ended = once(child, "exit");
  child.send({});
  const told = once(child, "message").then(([message]) => message as Told);
  const { url, secretFile, failed } = await Promise.race([told, ended.then((): Told => ({ failed: "It ended." }))]);
  if (url === undefined || secretFile === undefined) throw new Error(`coturn did not start. ${failed}`);
  return {
    options: ["--turn", url, "--turn-secret-file", secretFile],
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
