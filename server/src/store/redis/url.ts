export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

interface Access {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The URL without user and password. */
  readonly description: string;
}

export type RedisLocation = Access &
  (
    | { readonly mode: "single"; readonly address: RedisAddress; readonly db: number }
    | {
        readonly mode: "sentinel";
        readonly addresses: readonly RedisAddress[];
        readonly name: string;
        readonly db: number;
      }
    | { readonly mode: "cluster"; readonly addresses: readonly RedisAddress[] }
  );

const FORMS =
  "redis://host:port/db, rediss://…, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/name, with user:password@ before the host where needed";

/** True of any URL: what is none is a folder, and a URL with another scheme is refused instead of made into one. */
export function isRedisUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** Several hosts are no URL by the standard, hence by hand. Throws what the operator should read, without the password. */
export function parseRedisUrl(text: string): RedisLocation {
  const parts = /^(redis|rediss)(?:\+(cluster|sentinel))?:\/\/(?:([^/]*)@)?([^/@]+)(?:\/([^/]*))?(?:\/(\d+))?$/.exec(
    text,
  );
  if (parts === null) throw new Error(`The store's URL is not understood; it looks like ${FORMS}`);
  const [, scheme = "", kind, credentials, hosts = "", path = "", extra] = parts;
  const addresses = hosts.split(",").map((host) => parseAddress(host, kind === "sentinel" ? 26379 : 6379));
  const description = text.replace(`${credentials}@`, "");
  const access = { tls: scheme === "rediss", ...parseCredentials(credentials), description };
  if (kind === "cluster") {
    if (path !== "" && path !== "0") throw new Error("A Redis Cluster has no numbered databases; leave the path away");
    return { mode: "cluster", ...access, addresses };
  }
  if (kind === "sentinel") {
    if (path === "")
      throw new Error("A Sentinel URL names the master at its end: redis+sentinel://host:port,host:port/name");
    return { mode: "sentinel", ...access, addresses, name: decodeURIComponent(path), db: Number(extra ?? 0) };
  }
  const [address] = addresses;
  if (address === undefined || addresses.length > 1 || extra !== undefined || !/^\d*$/.test(path)) {
    throw new Error(`The store's URL is not understood; it looks like ${FORMS}`);
  }
  return { mode: "single", ...access, address, db: Number(path) };
}

function parseCredentials(text: string | undefined): Pick<Access, "username" | "password"> {
  if (text === undefined) return { username: undefined, password: undefined };
  const colon = text.indexOf(":");
  if (colon === -1) throw new Error("The store's URL has something before the @ that is not user:password");
  const username = decodeURIComponent(text.slice(0, colon));
  return { username: username === "" ? undefined : username, password: decodeURIComponent(text.slice(colon + 1)) };
}

function parseAddress(text: string, defaultPort: number): RedisAddress {
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(text);
  const host = parts?.[1];
  const port = parts?.[2] === undefined ? defaultPort : Number(parts[2]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new Error("The store's URL has a host that is not understood; it looks like host:port or [IPv6]:port");
  }
  return { host: host.replace(/[[\]]/g, ""), port };
}
