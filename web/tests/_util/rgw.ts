import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROCESS = fileURLToPath(new URL("../../../../server/dist/tests/_util/rgw-process.js", import.meta.url));
const KEYS = { accessKey: "parley-test-access", secretKey: "parley-test-secret", guestKey: "parley-test-guest" };

/** A real S3 store, with the options by which a server uses it. */
export interface Rgw {
  readonly url: string;
  readonly options: readonly string[];
  stop(): Promise<void>;
}

export async function startRgw(): Promise<Rgw> {
  const child = fork(PROCESS, { stdio: "inherit" });
  const ended = once(child, "exit");
  child.send(KEYS);
  const told = once(child, "message").then(([message]) => message as { url?: string; failed?: string });
  const { url, failed } = await Promise.race([told, ended.then(() => ({ url: undefined, failed: "It ended." }))]);
  if (url === undefined) throw new Error(`The object gateway did not start. ${failed}`);
  return {
    url,
    options: [
      ...["--objects-endpoint", url],
      ...["--objects-access-key", KEYS.accessKey, "--objects-secret-key", KEYS.secretKey],
    ],
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
