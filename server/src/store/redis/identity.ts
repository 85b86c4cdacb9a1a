import type { Redis } from "ioredis";
import { StoreUnavailable } from "../kv.ts";

/** The lines of INFO. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(":") && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}

/**
 * Which process holds the data, and which history of writes: a promotion changes the second, a restart the first.
 * Sections by name, since all of INFO is slow on Pika.
 */
export async function identityOf(node: Redis): Promise<string> {
  const [server, replication] = await Promise.all([node.info("server"), node.info("replication")]);
  const info = new Map([...parseInfo(server), ...parseInfo(replication)]);
  if (info.get("role") === "slave") throw new StoreUnavailable("This Redis is a replica, not a primary");
  return [info.get("run_id"), info.get("master_replid")].filter((id) => id !== undefined).join(":");
}

/** Parts that the cluster's slots are divided into, when all of them are served. */
export async function clusterSize(node: Redis): Promise<number> {
  const info = parseInfo(await node.cluster("INFO"));
  if (info.get("cluster_state") !== "ok") throw new StoreUnavailable("The Redis Cluster does not serve all slots");
  return Number(info.get("cluster_size"));
}
