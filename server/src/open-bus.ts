import { once } from "node:events";
import type { Bus } from "./bus/bus.ts";
import { createLocalBus } from "./bus/local.ts";
import { isNatsUrl, parseNatsUrl } from "./bus/nats-url.ts";
import type { Pipe } from "./pipe.ts";
import { systemClock } from "./platform.ts";

/** How long the store, which answered a moment ago, may take to accept two more links. */
const READY_MS = 10_000;

/**
 * The bus at this address, or the one that belongs to a store: nodes that share the embedded one hear each other by the
 * process that owns it. Only the driver that is used is loaded.
 */
export async function openBus(location: string, nodeId: string, owner?: Pipe): Promise<Bus> {
  if (isNatsUrl(location)) {
    const { NatsBus } = await import("./bus/nats.ts");
    return NatsBus.open({ location: parseNatsUrl(location), nodeId });
  }
  const { isRedisUrl, parseRedisUrl } = await import("./store/redis/url.ts");
  if (!isRedisUrl(location)) return owner === undefined ? createLocalBus() : openIpcBus(owner);
  const [{ createClient }, { RedisBus }] = await Promise.all([
    import("./store/redis/client.ts"),
    import("./bus/redis.ts"),
  ]);
  const links = [createClient(parseRedisUrl(location)), createClient(parseRedisUrl(location))];
  // Without a listener ioredis prints errors itself.
  for (const link of links) link.on("error", () => {});
  try {
    await Promise.all(links.map((link) => once(link, "ready", { signal: AbortSignal.timeout(READY_MS) })));
    const connect = () => links.pop() ?? createClient(parseRedisUrl(location));
    return await RedisBus.open({ nodeId, clock: systemClock, connect });
  } catch (error) {
    for (const link of links) link.disconnect();
    throw error;
  }
}

async function openIpcBus(owner: Pipe): Promise<Bus> {
  const { IpcBus } = await import("./bus/ipc.ts");
  return new IpcBus(owner);
}
