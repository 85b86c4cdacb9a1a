import { isIPv4, isIPv6 } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { type CoturnSettings, cidrToRange, isDeniedPeer } from "@parley/turn/relay-config";
import type { Address } from "./address.ts";
import type { CallsAsked } from "./answers.ts";
import { InitError } from "./init-error.ts";

/** What this machine and the network say about where a relay is reached. */
export interface Surroundings {
  /** Addresses of this machine at which others may reach it. */
  readonly addresses: readonly string[];
  readonly networks: readonly Pick<NetworkInterfaceInfo, "address" | "cidr">[];
  /** Addresses of a name; none where it is not known yet. */
  readonly lookUp: (name: string) => Promise<readonly string[]>;
}

/** As in `npm run turn`: enough for some hundred people. */
const RELAY_PORTS = [49_152, 50_175] as const;
const PORT = 3478;
const QUOTAS = { userQuota: 48, totalQuota: 1000, bytesPerSecond: 1_000_000, capacityBytesPerSecond: 0 } as const;

export type Relay = Omit<CoturnSettings, "secret">;

export const relayPorts = ({ port, relayPorts: [first, last] }: Relay) => `UDP and TCP ${port}, UDP ${first}-${last}`;

/** Where the relay listens and how the outside sees it. Throws an `InitError` where that cannot be known. */
export async function planRelay(asked: CallsAsked, address: Address, around: Surroundings): Promise<Relay> {
  const listen = asked.listen.length > 0 ? asked.listen : around.addresses;
  if (listen.length === 0) throw new InitError("--listen is missing: this machine has no address that others reach.");
  const base = {
    listen,
    port: PORT,
    relayPorts: RELAY_PORTS,
    realm: address.kind === "name" ? address.host : "parley",
    ...QUOTAS,
    allowLoopback: false,
    // Inside its container: the one place where it may write.
    folder: "/tmp",
  };
  const lan = lanOf(asked, address, around);
  if (lan !== undefined) return { ...base, external: [], allowedPeers: [lan] };
  return { ...base, external: await externalOf(asked, address, listen, around), allowedPeers: [] };
}

/** A private address is reached inside its network only, and so are those who call there. */
function lanOf(asked: CallsAsked, address: Address, around: Surroundings): string | undefined {
  if (asked.lan !== "") {
    if (asked.publicIp !== "")
      throw new InitError("--lan or --public-ip: calls inside a network, or over the internet.");
    try {
      cidrToRange(asked.lan);
    } catch {
      throw new InitError(`--lan ${asked.lan} is no network such as 192.168.1.0/24.`);
    }
    return asked.lan;
  }
  if (address.kind === "name" || address.public) return undefined;
  const own = around.networks.find((network) => network.address === address.host)?.cidr;
  if (typeof own === "string") return own;
  throw new InitError(
    `--lan is missing: --address ${address.host} is private and not of this machine; which network do people call in?`,
  );
}

async function externalOf(
  asked: CallsAsked,
  address: Address,
  listen: readonly string[],
  around: Surroundings,
): Promise<Relay["external"]> {
  if (listen.some((one) => !isDeniedPeer(one)) && asked.publicIp === "") return [];
  const outside = asked.publicIp !== "" ? asked.publicIp : await publicAddress(address, around);
  if (listen.includes(outside)) return [];
  const inside = listen.filter((one) => isDeniedPeer(one) && isIPv4(one) === isIPv4(outside));
  const [only] = inside;
  if (only === undefined || inside.length > 1) {
    const which = only === undefined ? "none of that family" : inside.join(", ");
    throw new InitError(`--listen is missing: which address of this machine is behind ${outside}? There is ${which}.`);
  }
  return [{ outside, inside: only }];
}

async function publicAddress(address: Address, around: Surroundings): Promise<string> {
  if (address.kind === "ip") return address.host;
  const found = (await around.lookUp(address.host)).filter((one) => !isDeniedPeer(one) && !isIPv6(one));
  if (found[0] !== undefined) return found[0];
  throw new InitError(
    `--public-ip is missing: this machine has private addresses, and ${address.host} is not known yet. ` +
      "Without calls: --calls off. For calls inside a network: --lan.",
  );
}
