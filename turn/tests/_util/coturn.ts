import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What the process that keeps coturn is given. */
export interface CoturnAsked {
  /** Whether it sends to 127.0.0.0/8, where tests are; true unless told otherwise. */
  readonly allowLoopback?: boolean;
  /** Networks that are not public and may be sent to. */
  readonly allowedPeers?: readonly string[];
  /** Also at ::1, with the same port. */
  readonly ipv6?: boolean;
  readonly tls?: boolean;
  /** The address that it gives out, as behind NAT. */
  readonly external?: string;
  readonly userQuota?: number;
}

/** What it tells, once. */
export type CoturnTold =
  | {
      /** `turn:127.0.0.1:port`, for UDP and TCP. */
      readonly url: string;
      readonly secret: string;
      readonly secretFile: string;
      /** With `tls`: `turns:127.0.0.1:port`, and the authority that signed its certificate. */
      readonly tlsUrl?: string;
      readonly caFile?: string;
    }
  | { readonly failed: string };

export type Coturn = Exclude<CoturnTold, { failed: string }> & {
  /** Ends it and removes what it left. */
  stop(): Promise<void>;
};

/** A real coturn on loopback, with the configuration that self-hosters get and a secret of its own. */
export async function startCoturn(asked: CoturnAsked = {}): Promise<Coturn> {
  const child = fork(fileURLToPath(new URL("coturn-process.js", import.meta.url)), { stdio: "inherit" });
  child.send(asked);
  const told = await new Promise<CoturnTold>((resolve, reject) => {
    child.once("message", (message) => resolve(message as CoturnTold));
    child.once("error", reject);
    child.once("exit", () => reject(new Error("The process that keeps coturn has ended")));
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    if (child.connected) child.disconnect();
    await ended;
  };
  if ("failed" in told) {
    await stop();
    throw new Error(`coturn did not start. ${told.failed}`);
  }
  return { ...told, stop };
}
