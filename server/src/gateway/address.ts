import { isIPv4, isIPv6 } from "node:net";

/** RFC 1035, and a port. */
const HOST_MAX = 255 + 6;

export function isLoopbackAddress(address: string): boolean {
  const plain = unmapped(address);
  return plain === "::1" || (plain.startsWith("127.") && isIPv4(plain));
}

/** A host to listen on: nothing from another machine can reach it. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopbackAddress(host);
}

/** `::ffff:192.0.2.1`, as a dual-stack listener shows it, is 192.0.2.1. */
export function unmapped(address: string): string {
  const tail = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return tail !== undefined && isIPv4(tail) ? tail : address;
}

/** Of the Host header: in lower case, or empty when it is not the name or address of a host with or without a port. */
export function usableHost(host: string): string {
  const name = host.toLowerCase();
  return name.length <= HOST_MAX && /^([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(name) ? name : "";
}

/** Where limits are counted: a household with IPv6 has a whole /64 and would otherwise have 2^64 allowances. */
export function limitKey(address: string): string {
  const plain = unmapped(address);
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = (plain.split("%")[0] ?? "").toLowerCase().split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  // An IPv4 tail stands for two groups; only the number of groups matters in the lower half.
  const width = (groups: string[]) => groups.length + (groups.at(-1)?.includes(".") === true ? 1 : 0);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - width(before) - width(after));
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
