import { isIP, isIPv4 } from "node:net";
import { TURN_SECRET_LENGTH_MIN } from "./credentials.ts";
import { cidrToRange, type IpRange } from "./ip.ts";
import { DENIED_PEERS } from "./peers.ts";
import { UsageError } from "./usage-error.ts";

/** What one may decide about coturn; everything else is in the template. */
export interface CoturnSettings {
  /** Addresses of this machine, of either family. */
  readonly listen: readonly string[];
  readonly port: number;
  /** How the outside sees an address of this machine, where that is another one: behind NAT. */
  readonly external: readonly { readonly outside: string; readonly inside: string }[];
  /** First and last UDP port of relayed packets: one for each allocation. */
  readonly relayPorts: readonly [first: number, last: number];
  readonly tls?: { readonly port: number; readonly certFile: string; readonly keyFile: string } | undefined;
  /** A name that clients are told; it also goes into what they sign. */
  readonly realm: string;
  readonly secret: string;
  readonly userQuota: number;
  readonly totalQuota: number;
  /** Of one allocation, in each direction. */
  readonly bytesPerSecond: number;
  /** Of all together; each allocation reserves all it may use. 0: no limit. */
  readonly capacityBytesPerSecond: number;
  /** Networks to which one may send although they are not public, as 192.168.1.0/24: for a LAN, for tests. */
  readonly allowedPeers: readonly string[];
  /** coturn also wants to be told this apart before it sends to loopback. Only for tests. */
  readonly allowLoopback: boolean;
  /** A folder of its own. */
  readonly folder: string;
  /** Which user coturn becomes when it was started by root. */
  readonly user?: string | undefined;
}

/** How long one nonce is good, coturn's own default: a request that was recorded cannot be sent again later. */
const NONCE_SECONDS = 600;

/** The whole turnserver.conf. Throws a UsageError for what would start a coturn that does not work, or works for anybody. */
export function renderCoturnConfig(template: string, settings: CoturnSettings): string {
  checkSettings(settings);
  const { tls, external, user, relayPorts, allowedPeers } = settings;
  const values: Record<string, string> = {
    listening: lines(settings.listen, (address) => `listening-ip=${address}\nrelay-ip=${address}`),
    port: String(settings.port),
    external: lines(external, ({ outside, inside }) => `external-ip=${outside}/${inside}`),
    relayPortFirst: String(relayPorts[0]),
    relayPortLast: String(relayPorts[1]),
    tls: tls === undefined ? "no-tls" : `tls-listening-port=${tls.port}\ncert=${tls.certFile}\npkey=${tls.keyFile}`,
    realm: settings.realm,
    secret: settings.secret,
    nonceSeconds: String(NONCE_SECONDS),
    userQuota: String(settings.userQuota),
    totalQuota: String(settings.totalQuota),
    bytesPerSecond: String(settings.bytesPerSecond),
    capacity: String(settings.capacityBytesPerSecond),
    denied: lines(DENIED_PEERS, ({ network, what }) => `# ${what}\ndenied-peer-ip=${rangeText(cidrToRange(network))}`),
    allowed: [
      ...allowedPeers.map((network) => `allowed-peer-ip=${rangeText(cidrToRange(network))}`),
      ...(settings.allowLoopback ? ["allow-loopback-peers"] : []),
    ].join("\n"),
    folder: settings.folder,
    user: user === undefined ? "" : `proc-user=${user}\nproc-group=${user}`,
  };
  const text = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new UsageError(`The template names ${name}, which is no setting.`);
    return value;
  });
  return text.replace(/\n{3,}/g, "\n\n");
}

/**
 * coturn takes a range that begins with :: as one without a beginning, and every IPv4 address for smaller than every IPv6 address:
 * `::-::ffff:ffff` would refuse all of IPv4. The address :: itself it refuses anyway.
 */
function rangeText({ first, last }: IpRange): string {
  const begin = first === "::" ? "::1" : first;
  return begin === last ? begin : `${begin}-${last}`;
}

function lines<T>(items: readonly T[], line: (item: T) => string): string {
  return items.map(line).join("\n");
}

function checkSettings(settings: CoturnSettings): void {
  const { listen, external, relayPorts, tls, secret } = settings;
  if (listen.length === 0) refuse("There is no address to listen on");
  for (const address of listen) if (isIP(address) === 0) refuse(`${address} is no IP address to listen on`);
  for (const { outside, inside } of external) {
    if (isIP(outside) === 0) refuse(`${outside} is no IP address`);
    if (!listen.includes(inside)) refuse(`${inside} is not among the addresses to listen on`);
    if (isIPv4(outside) !== isIPv4(inside)) refuse(`${outside} and ${inside} are of different families`);
  }
  for (const port of [settings.port, ...relayPorts, ...(tls === undefined ? [] : [tls.port])]) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) refuse(`${port} is no port`);
  }
  if (tls?.port === settings.port) refuse("TLS needs a port of its own");
  const [first, last] = relayPorts;
  if (first > last) refuse(`${first}-${last} is no range of ports`);
  for (const [what, count, min] of [
    ["quota of a person", settings.userQuota, 1],
    ["quota of all", settings.totalQuota, 1],
    ["bytes per second", settings.bytesPerSecond, 1],
    ["capacity", settings.capacityBytesPerSecond, 0],
  ] as const) {
    // 0 would be no limit at all, and coturn keeps these in 32 bits.
    if (!Number.isInteger(count) || count < min || count > 2 ** 31 - 1) refuse(`The ${what} cannot be ${count}`);
  }
  if (settings.totalQuota > last - first + 1) {
    refuse(`${last - first + 1} relay ports are too few for ${settings.totalQuota} allocations`);
  }
  if (settings.userQuota > settings.totalQuota) refuse("One person may not have more than all together");
  if (secret.length < TURN_SECRET_LENGTH_MIN || !/^[\w+/=.~-]+$/.test(secret)) {
    refuse(`The secret needs at least ${TURN_SECRET_LENGTH_MIN} characters out of A-Z a-z 0-9 + / = . ~ _ -`);
  }
  if (!/^[\w.-]{1,127}$/.test(settings.realm)) refuse("The realm is a name such as chat.example.org");
  for (const network of settings.allowedPeers) {
    try {
      cidrToRange(network);
    } catch (error) {
      refuse((error as Error).message.replace(/\.$/, ""));
    }
  }
  // What breaks a line would be another option of coturn.
  const paths = [settings.folder, settings.user ?? "", tls?.certFile ?? "", tls?.keyFile ?? ""];
  if (paths.some((path) => [...path].some((char) => char < " "))) refuse("A path has a line break");
}

function refuse(what: string): never {
  throw new UsageError(`${what}.`);
}
