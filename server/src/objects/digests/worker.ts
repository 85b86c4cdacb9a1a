import { createHash } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as elapse } from "node:timers/promises";
import type { DigestAnswer, DigestJob } from "./digest-job.ts";
import { Pace } from "./pace.ts";

/** Of all that this node reads to compare it: people's own transfers come first, on the network and at the store. */
const BYTES_PER_SECOND = 64 * 1024 ** 2;
/** Without a byte for so long the store is taken for gone. */
const SILENCE_MS = 30_000;
/** Cuts in a row without a byte in between. */
const CUTS_MAX = 3;
const CUT_PAUSE_MS = 500;

const pace = new Pace(BYTES_PER_SECOND);

/** SHA-256 of an object, which is read once, and after a cut from there on. */
export async function digest({ url, size, port }: DigestJob): Promise<DigestAnswer> {
  const abort = new AbortController();
  port.on("close", () => abort.abort());
  try {
    return { sha256: await read(new URL(url), size, abort.signal) };
  } catch (error) {
    return { failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  } finally {
    port.close();
  }
}

async function read(url: URL, size: number, signal: AbortSignal): Promise<string> {
  const sha256 = createHash("sha256");
  let at = 0;
  for (let cuts = 0; ; ) {
    signal.throwIfAborted();
    const before = at;
    try {
      for await (const chunk of await open(url, at, signal)) {
        at += (chunk as Buffer).length;
        if (at > size) throw new Refused("There are more bytes than the store says");
        sha256.update(chunk as Buffer);
        const waitMs = pace.pass((chunk as Buffer).length, performance.now());
        if (waitMs > 0) await elapse(waitMs, undefined, { signal });
      }
      if (at === size) return sha256.digest("hex");
      throw new Error("The answer ended too early");
    } catch (error) {
      cuts = at > before ? 1 : cuts + 1;
      if (error instanceof Refused || signal.aborted || cuts >= CUTS_MAX) throw error;
      await elapse(CUT_PAUSE_MS, undefined, { signal });
    }
  }
}

/** The store answers, and will not answer otherwise. */
class Refused extends Error {
  override readonly name = "Refused";
}

function open(url: URL, from: number, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  const headers = from === 0 ? {} : { range: `bytes=${from}-` };
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, signal, agent: false });
    sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error("The store is silent")));
    sent.on("error", reject);
    sent.on("response", (answer) => {
      const { statusCode = 0 } = answer;
      if (statusCode === (from === 0 ? 200 : 206)) return resolve(answer);
      answer.resume();
      sent.destroy();
      reject(statusCode >= 500 ? new Error(`Status ${statusCode}`) : new Refused(`Status ${statusCode}`));
    });
    sent.end();
  });
}
