import { BlockList, isIPv6 } from "node:net";

/**
 * Where nobody may send through the relay. It stands inside your network with an address of its own, so without this list whoever
 * may make a call could speak UDP with the machines behind it. Everything that is no ordinary public address is here.
 */
export const DENIED_PEERS: readonly { readonly network: string; readonly what: string }[] = [
  { network: "0.0.0.0/8", what: "this machine (RFC 1122)" },
  { network: "10.0.0.0/8", what: "private (RFC 1918)" },
  { network: "100.64.0.0/10", what: "behind carrier-grade NAT (RFC 6598)" },
  { network: "127.0.0.0/8", what: "loopback" },
  { network: "169.254.0.0/16", what: "link-local, and 169.254.169.254: the metadata of clouds, with their keys" },
  { network: "172.16.0.0/12", what: "private (RFC 1918)" },
  { network: "192.0.0.0/24", what: "protocol assignments (RFC 6890)" },
  { network: "192.0.2.0/24", what: "documentation (RFC 5737)" },
  { network: "192.88.99.0/24", what: "6to4 relays (RFC 7526)" },
  { network: "192.168.0.0/16", what: "private (RFC 1918)" },
  { network: "198.18.0.0/15", what: "benchmarks (RFC 2544)" },
  { network: "198.51.100.0/24", what: "documentation (RFC 5737)" },
  { network: "203.0.113.0/24", what: "documentation (RFC 5737)" },
  { network: "224.0.0.0/4", what: "multicast" },
  { network: "240.0.0.0/4", what: "reserved, and broadcast" },
  { network: "::/96", what: "unspecified, loopback, IPv4-compatible (RFC 4291)" },
  { network: "::ffff:0:0/96", what: "IPv4-mapped: a second spelling of every IPv4 address" },
  { network: "::ffff:0:0:0/96", what: "IPv4-translated (RFC 2765)" },
  { network: "64:ff9b::/96", what: "NAT64: a third spelling of every IPv4 address (RFC 6052)" },
  { network: "64:ff9b:1::/48", what: "NAT64 of local use (RFC 8215)" },
  { network: "100::/64", what: "discard (RFC 6666)" },
  { network: "2001::/23", what: "protocol assignments, with Teredo, which holds IPv4 addresses (RFC 2928)" },
  { network: "2001:db8::/32", what: "documentation (RFC 3849)" },
  { network: "2002::/16", what: "6to4, which holds IPv4 addresses (RFC 3056)" },
  { network: "3fff::/20", what: "documentation (RFC 9637)" },
  { network: "5f00::/16", what: "segment routing (RFC 9602)" },
  { network: "fc00::/7", what: "unique local, with fd00:ec2::254: the metadata of a cloud (RFC 4193)" },
  { network: "fe80::/10", what: "link-local" },
  { network: "fec0::/10", what: "site-local (RFC 3879)" },
  { network: "ff00::/8", what: "multicast" },
];

const denied = blockList(DENIED_PEERS.map(({ network }) => network));
const denied4 = blockList(DENIED_PEERS.map(({ network }) => network).filter((network) => !network.includes(":")));

/** Whether the address is no ordinary public one, so that a relay refuses it unless told otherwise. */
export function isDeniedPeer(address: string): boolean {
  return isIPv6(address) ? denied.check(address, "ipv6") : denied4.check(address, "ipv4");
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), isIPv6(address) ? "ipv6" : "ipv4");
  }
  return list;
}
