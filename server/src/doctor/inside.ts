import { mkdtemp, rm, statfs } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { parseTurnUrl } from "@parley/turn";
import { checkRelay } from "@parley/turn/check";
import type { Config } from "../config.ts";
import { isLoopbackHost } from "../gateway/address.ts";
import { checkObjects } from "../objects/check-objects.ts";
import { checkedStore } from "../objects/open-objects.ts";
import { systemClock, systemRandom } from "../platform.ts";
import { inspectRedis, inspectReplicaOf } from "../store/inspect-redis.ts";
import { type Finding, failed, ok, unproven, warning } from "./finding.ts";

const MIB = 1024 ** 2;
/** A store that cannot write refuses every message. */
const DISK_FAIL_BYTES = 256 * MIB;
const DISK_WARN_BYTES = 2048 * MIB;
/** Clients' ids are refused when clocks differ by days, links of object stores by minutes; presence and calls feel seconds. */
const CLOCK_WARN_MS = 5_000;
const CLOCK_FAIL_MS = 5 * 60_000;
const TURN_PATIENCE_MS = 3_000;

/** Settings that fit the rules and not each other, or not what is usual. */
export function* contradictions(config: Config): Generator<Finding> {
  const open = !isLoopbackHost(config.host);
  if (open && config.tls === "off" && config.trustedProxies.length === 0) {
    yield warning(
      "--host lets others in without TLS and without a proxy: browsers there allow no calls, microphone or notifications.",
    );
  }
  if (!open && config.tls === "off" && config.trustedProxies.length === 0) {
    yield warning(
      "Only this machine can connect. If a proxy here is meant to let others in, name it in --trusted-proxies, or all people count as one address.",
    );
  }
  for (const proxy of config.trustedProxies) {
    const [address = "", bits] = proxy.split("/");
    if (bits !== undefined && isIP(address) !== 0 && Number(bits) < 8) {
      yield failed(`--trusted-proxies ${proxy} is nearly everybody: whoever connects may claim any address.`);
    }
  }
  if (config.metrics === "on" && open && config.trustedProxies.length === 0) {
    yield warning("--metrics on answers everybody who reaches the server.");
  }
  if (config.store !== "" && config.objectsEndpoint === "") {
    yield warning(
      "Nodes may share --store, but files lie in --data of this one: several nodes need --objects-endpoint.",
    );
  }
  if (config.registration === "open" && open)
    yield warning("--registration open: whoever reaches the server can make an account.");
  if (config.allowVolatile) yield warning("--allow-volatile: a store that forgets everything when it stops is taken.");
}

export interface InsideParts {
  /** The secret of the relays; throws what keeps it from being read. */
  readonly relaySecret: () => Promise<string>;
}

export async function* inside(config: Config, parts: InsideParts): AsyncGenerator<Finding> {
  yield* contradictions(config);
  yield* disk(config.data);
  yield* store(config);
  yield* objects(config);
  yield* relays(config, parts);
  if (config.mail !== "")
    yield unproven(
      "Whether mail gets to people: nothing was sent. Look at parley_mails_total, or ask for a code yourself.",
    );
  yield unproven(
    "Whether the disk keeps what it says it has written when the power goes. See its maker's word on write caches.",
  );
}

async function* disk(data: string): AsyncGenerator<Finding> {
  try {
    const probe = await mkdtemp(join(data, "doctor-"));
    await rm(probe, { recursive: true });
    const { bavail, bsize } = await statfs(data);
    const free = bavail * bsize;
    const words = `${Math.floor(free / MIB)} MiB are free in ${data}`;
    if (free < DISK_FAIL_BYTES) yield failed(`${words}: soon no message can be written.`);
    else if (free < DISK_WARN_BYTES) yield warning(`${words}.`);
    else yield ok(`${words}, and it can be written.`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    yield failed(
      code === "ENOENT" ? `There is no folder ${data}.` : `${data} cannot be written (${code}): is it yours?`,
    );
  }
}

async function* store({ store: url, storeReplica, allowVolatile }: Config): AsyncGenerator<Finding> {
  if (url === "") {
    yield ok("The store is the embedded one: what is acknowledged was flushed to the disk before.");
    return;
  }
  try {
    for (const { place, refusal, warnings, aheadMs } of await inspectRedis(url, allowVolatile)) {
      if (refusal !== null) yield failed(`The store ${place} cannot be used: ${refusal}`);
      else if (warnings.length === 0) yield ok(`The store ${place} keeps what it acknowledges.`);
      for (const text of warnings) yield warning(`The store ${place}: ${text}`);
      yield* clock(`The clock of ${place}`, aheadMs);
    }
    if (storeReplica !== "") {
      const problem = await inspectReplicaOf(url, storeReplica);
      yield problem === null ? ok("The replica follows the store.") : warning(problem);
    }
  } catch (error) {
    yield failed((error as Error).message);
  }
}

export function* clock(whose: string, aheadMs: number): Generator<Finding> {
  const away = Math.abs(aheadMs);
  const words = `${whose} is ${Math.round(away / 1000)} s ${aheadMs > 0 ? "ahead of" : "behind"} this machine's`;
  if (away > CLOCK_FAIL_MS) yield failed(`${words}: set both by NTP.`);
  else if (away > CLOCK_WARN_MS) yield warning(`${words}: set both by NTP.`);
  else yield ok(`${whose} agrees with this machine's.`);
}

async function* objects(config: Config): AsyncGenerator<Finding> {
  if (config.objectsEndpoint === "") return;
  const { usable, warnings } = await checkObjects({
    store: checkedStore(config),
    origins: config.origins,
    https: config.tls !== "off" || config.origins.some((origin) => origin.startsWith("https:")),
    clock: systemClock,
    random: systemRandom,
  });
  for (const text of warnings) yield usable ? warning(text) : failed(text);
  if (usable && warnings.length === 0) yield ok("The object store takes and gives files, and lets browsers in.");
}

async function* relays(config: Config, { relaySecret }: InsideParts): AsyncGenerator<Finding> {
  if (config.turn.length === 0) {
    yield warning("There is no relay (--turn): calls fail where devices do not reach each other directly.");
    return;
  }
  try {
    const urls = config.turn.map(parseTurnUrl);
    const secret = await relaySecret();
    const told: Finding[] = [];
    await checkRelay({
      urls,
      secret,
      now: Date.now,
      patienceMs: TURN_PATIENCE_MS,
      tell: (finding) => told.push(finding),
    });
    yield* told;
  } catch (error) {
    yield failed((error as Error).message);
  }
}
