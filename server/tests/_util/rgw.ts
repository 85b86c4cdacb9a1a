import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What the process that keeps the daemons is given. */
export interface RgwAsked {
  readonly accessKey: string;
  readonly secretKey: string;
  /** The access key, with the same secret, of somebody who has no bucket and may make none. */
  readonly guestKey: string;
}

/** What it tells, once. */
export type RgwTold = { readonly url: string; readonly pid: number } | { readonly failed: string };

/** A real S3 store: Ceph's object gateway on loopback, with everything in memory. */
export interface Rgw extends RgwAsked {
  readonly url: string;
  /** It keeps its connections and does nothing, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends the daemons and removes what they left. */
  stop(): Promise<void>;
}

export async function startRgw(): Promise<Rgw> {
  const keys = { accessKey: "parley-test-access", secretKey: "parley-test-secret", guestKey: "parley-test-guest" };
  const child = fork(fileURLToPath(new URL("rgw-process.js", import.meta.url)), { stdio: "inherit" });
  child.send(keys satisfies RgwAsked);
  const told = await new Promise<RgwTold>((resolve, reject) => {
    child.once("message", (message) => resolve(message as RgwTold));
    child.once("error", reject);
    child.once("exit", () => reject(new Error("The process that keeps the object gateway has ended")));
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    if (child.connected) child.disconnect();
    await ended;
  };
  if ("failed" in told) {
    await stop();
    throw new Error(`The object gateway did not start. ${told.failed}`);
  }
  return {
    ...keys,
    url: told.url,
    freeze: () => void process.kill(told.pid, "SIGSTOP"),
    thaw: () => void process.kill(told.pid, "SIGCONT"),
    stop,
  };
}
