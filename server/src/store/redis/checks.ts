import type { Redis } from "ioredis";
import { parseInfo } from "./identity.ts";

/** What a server says about itself. A setting is missing where the server has none or does not let us read it. */
export interface ServerFacts {
  readonly info: ReadonlyMap<string, string>;
  /** Null: CONFIG is not allowed. */
  readonly settings: ReadonlyMap<string, string> | null;
}

export interface Verdict {
  /** Why this store must not be used; null when it may. */
  readonly refusal: string | null;
  readonly warnings: readonly string[];
}

const SETTINGS = [
  "maxmemory-policy",
  "appendonly",
  "save",
  "appendfsync",
  "min-replicas-to-write",
  "cache-model",
  "consensus-level",
];

export async function readFacts(node: Redis): Promise<ServerFacts> {
  const sections = ["server", "memory", "persistence", "replication"];
  const texts = await Promise.all(sections.map((section) => node.info(section)));
  const info = new Map(texts.flatMap((text) => [...parseInfo(text)]));
  try {
    // One at a time, as older servers take it.
    const answers = await Promise.all(SETTINGS.map((setting) => node.config("GET", setting)));
    const pairs = (answers as string[][]).filter((pair) => pair.length === 2);
    return { info, settings: new Map(pairs.map(([name = "", value = ""]) => [name, value])) };
  } catch {
    return { info, settings: null };
  }
}

/** Whether what is acknowledged stays, as far as the server's settings tell. */
export function judge({ info, settings }: ServerFacts, allowVolatile: boolean): Verdict {
  const refuse = (refusal: string): Verdict => ({ refusal, warnings: [] });
  const warnings: string[] = [];
  const setting = (name: string) => settings?.get(name);

  const policy = setting("maxmemory-policy") ?? info.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    return refuse(
      `it throws data away when its memory is full (maxmemory-policy ${policy}). Set: maxmemory-policy noeviction`,
    );
  }
  if (info.has("pika_version")) {
    const cache = setting("cache-model");
    if (cache !== undefined && cache !== "0") {
      return refuse(`Pika's cache may answer with old data (cache-model ${cache}). Set: cache-model 0`);
    }
  }
  if (!storesOnDisk(info)) {
    const aof = setting("appendonly") ?? (info.get("aof_enabled") === "1" ? "yes" : "no");
    const save = setting("save");
    if (aof === "yes") {
      const fsync = setting("appendfsync");
      if (fsync === "everysec" || fsync === "no") {
        warnings.push(
          `appendfsync is ${fsync}: a power cut loses the last ${fsync === "no" ? "seconds" : "second"} of acknowledged messages. To lose none: appendfsync always`,
        );
      }
    } else if (save === "") {
      const loss = "it keeps nothing on disk: a restart loses everything";
      if (!allowVolatile) {
        return refuse(`${loss}. Set: appendonly yes and appendfsync always (or start with --allow-volatile)`);
      }
      warnings.push(`${loss}, as --allow-volatile allows`);
    } else if (save !== undefined) {
      warnings.push(
        "only snapshots are kept (appendonly no): a crash loses every message since the last one. To lose none: appendonly yes and appendfsync always",
      );
    }
  }
  if (settings === null) {
    warnings.push(
      "its settings cannot be read (CONFIG is not allowed): make sure of maxmemory-policy noeviction, appendonly yes, appendfsync always and, with replicas, min-replicas-to-write",
    );
  }
  const replicas = Number(info.get("connected_slaves") ?? "0");
  const remedy =
    setting("min-replicas-to-write") === "0"
      ? "To lose fewer: min-replicas-to-write 1"
      : setting("consensus-level") === "0"
        ? "To lose none: replication-num 1 and consensus-level 1"
        : null;
  if (replicas > 0 && remedy !== null) {
    warnings.push(
      `${replicas} replica${replicas === 1 ? " is" : "s are"} connected but writes do not wait for any to be there: a failover may lose acknowledged messages. ${remedy}`,
    );
  }
  return { refusal: null, warnings };
}

/** Servers of the same protocol whose data is on disk by design; the settings of Redis say nothing about them. */
function storesOnDisk(info: ReadonlyMap<string, string>): boolean {
  return info.has("pika_version") || info.has("kvrocks_version") || info.has("tendis_version");
}
