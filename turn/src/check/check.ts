import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { turnCredentials } from "../credentials.ts";
import { isDeniedPeer } from "../peers.ts";
import { everyTransport, type TurnUrl } from "../turn-url.ts";
import { sendFromOutside } from "./from-outside.ts";
import type { Endpoint } from "./message.ts";
import { TurnProblem } from "./problem.ts";
import { TurnClient } from "./turn-client.ts";
import { CLOCKS_DIFFER, shown, titleOf, whyNotAllocated, whyNotPermitted, whyNotRelayed } from "./words.ts";

/** The quota of the self-test is that of nobody else. */
const USER_ID = "parley self-test";
/** If these pass and fresh ones do not, the relay's clock is ahead. One that ended in 2058 was refused by coturn 4.6.1. */
const YEAR_SECONDS = 365 * 86_400;
/** Where clouds keep the keys of a machine. No relay may lead there, whatever its network. */
const METADATA = "169.254.169.254";

export interface Finding {
  /** `unproven`: from here one cannot know. */
  readonly outcome: "ok" | "failed" | "warning" | "unproven";
  readonly text: string;
}

export interface CheckAsked {
  readonly urls: readonly TurnUrl[];
  readonly secret: string;
  readonly now: () => number;
  /** How long one answer may take. */
  readonly patienceMs: number;
  readonly ca?: string | undefined;
  tell(finding: Finding): void;
}

/** Makes a call to itself over each transport. Answers whether nothing failed; `tell` hears what was found as it is found. */
export async function checkRelay(asked: CheckAsked): Promise<boolean> {
  let good = true;
  const tell = (outcome: Finding["outcome"], text: string) => {
    if (outcome === "failed") good = false;
    asked.tell({ outcome, text });
  };
  let first = true;
  for (const url of asked.urls.flatMap(everyTransport)) {
    const clients: TurnClient[] = [];
    try {
      const relayed = await checkTransport(url, asked, clients, tell);
      if (relayed !== undefined && first) {
        first = false;
        await checkPlace(relayed, clients, asked, tell);
      }
    } finally {
      // Before the next transport, so that the whole test needs two places of a quota.
      await Promise.all(clients.map(leave));
    }
  }
  return good;
}

type Tell = (outcome: Finding["outcome"], text: string) => void;

interface Place {
  readonly client: TurnClient;
  readonly relayed: Endpoint;
  readonly mapped: Endpoint;
}

/** Two allocations, and a packet from each to the other. */
async function checkTransport(
  url: TurnUrl,
  asked: CheckAsked,
  clients: TurnClient[],
  tell: Tell,
): Promise<Place | undefined> {
  const title = titleOf(url);
  const allocate = async (): Promise<Place> => {
    const client = await connect(url, asked);
    clients.push(client);
    return { client, ...(await client.allocate()) };
  };
  let a: Place;
  let b: Place;
  try {
    a = await allocate();
    b = await allocate();
  } catch (error) {
    const why = (await isClock(error, url, asked)) ? CLOCKS_DIFFER : whyNotAllocated(error, url);
    tell("failed", `${title}: ${why}`);
    return undefined;
  }
  tell("ok", `${title}: the relay knows the credentials and gives an address, ${shown(a.relayed)}.`);
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    try {
      await from.client.permit(to.relayed.address);
    } catch (error) {
      tell("failed", `${title}: ${whyNotPermitted(error, to.relayed.address)}`);
      return a;
    }
  }
  try {
    await passThrough(a, b);
    await passThrough(b, a);
    tell("ok", `${title}: packets go from relay to relay, both ways.`);
  } catch (error) {
    tell("failed", `${title}: ${whyNotRelayed(error, b.relayed)}`);
  }
  return a;
}

async function passThrough(from: Place, to: Place): Promise<void> {
  const data = randomBytes(32);
  // As UDP may lose a packet, so may this; the relay and the test are rarely so far apart that it matters.
  from.client.send(to.relayed, data);
  for (;;) {
    const received = await to.client.receive();
    if (received.data.equals(data)) return;
  }
}

/** What is the same for all transports: where the relay stands, whom it refuses, and whether its ports are open. */
async function checkPlace(place: Place, clients: readonly TurnClient[], asked: CheckAsked, tell: Tell): Promise<void> {
  const { client, relayed, mapped } = place;
  if (isDeniedPeer(relayed.address)) {
    if (isDeniedPeer(client.address)) {
      tell("unproven", `The relay's address ${relayed.address} is for this network only; nobody outside can use it.`);
    } else {
      tell(
        "failed",
        `The relay is at ${client.address}, but gives out ${relayed.address}, which nobody outside can reach: start it with --external-ip ${client.address}.`,
      );
    }
  }
  await checkRefusal(client, tell);
  const sameMachine = isOwnAddress(client.address) || mapped.address === relayed.address;
  const outside = "Run this check once more from a machine outside";
  try {
    await client.permit(mapped.address);
  } catch (error) {
    if (!(error instanceof TurnProblem) || error.kind !== "refused") {
      tell("failed", whyNotPermitted(error, mapped.address));
      return;
    }
    tell(
      "unproven",
      `Whether the relay ports are open: the relay sees this machine as ${mapped.address}, to which it does not send. ${outside}.`,
    );
    return;
  }
  try {
    await sendFromOutside(clients[0] ?? client, relayed, asked.patienceMs);
    if (sameMachine) {
      tell("unproven", `Whether others reach the relay ports: this is the machine of the relay itself. ${outside}.`);
    } else {
      tell("ok", `A packet from this machine reaches the relay port ${shown(relayed)}, and one comes back.`);
    }
  } catch (error) {
    tell("failed", whyNotRelayed(error, relayed));
  }
}

async function checkRefusal(client: TurnClient, tell: Tell): Promise<void> {
  for (const [address, outcome, what] of [
    [METADATA, "failed", "where a cloud keeps this machine's keys"],
    ["127.0.0.1", "warning", "what listens on the relay's own machine; that is for tests only"],
  ] as const) {
    try {
      await client.permit(address);
      tell(outcome, `The relay would send to ${address}: whoever may call reaches ${what}.`);
    } catch (error) {
      const forbidden = error instanceof TurnProblem && error.code === 403;
      tell(
        forbidden ? "ok" : "failed",
        forbidden ? `The relay refuses to send to ${address}.` : whyNotPermitted(error, address),
      );
    }
  }
}

async function isClock(error: unknown, url: TurnUrl, asked: CheckAsked): Promise<boolean> {
  if (!(error instanceof TurnProblem) || error.code !== 401) return false;
  let client: TurnClient | undefined;
  try {
    client = await connect(url, asked, YEAR_SECONDS);
    await client.allocate();
    return true;
  } catch {
    return false;
  } finally {
    if (client !== undefined) await leave(client);
  }
}

function connect(url: TurnUrl, { secret, now, patienceMs, ca }: CheckAsked, ttlSeconds?: number): Promise<TurnClient> {
  const credentials = turnCredentials({
    secret,
    userId: USER_ID,
    nowMs: now(),
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
  });
  return TurnClient.open({ url, credentials, patienceMs, ca });
}

async function leave(client: TurnClient): Promise<void> {
  // Whatever hinders it: the allocation ends by itself after ten minutes.
  await client.release().catch(() => {});
  client.close();
}

function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === address));
}
