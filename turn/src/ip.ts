import { isIPv4, isIPv6 } from "node:net";

/** 4 or 16 bytes. Throws a SyntaxError where the text is no address. */
export function ipToBytes(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split(".").map(Number));
  if (!isIPv6(text) || text.includes("%")) throw new SyntaxError(`${JSON.stringify(text)} is no IP address.`);
  // A URL writes every form of an IPv6 address the same way: groups of hexadecimal digits, at most one "::".
  const [head = "", tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const [left, right] = [groups(head), groups(tail ?? "")];
  const all = [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}

export function bytesToIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Buffer.from(bytes).toString("hex").match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

/** First and last address of a network such as 10.0.0.0/8; an address alone is a network of one. */
export interface IpRange {
  readonly first: string;
  readonly last: string;
}

export function cidrToRange(text: string): IpRange {
  const [address = "", length, ...rest] = text.split("/");
  const bytes = ipToBytes(address);
  const bits = bytes.length * 8;
  const prefix = length === undefined ? bits : Number(length);
  if (rest.length > 0 || !/^\d{1,3}$/.test(length ?? "0") || prefix > bits) {
    throw new SyntaxError(`${JSON.stringify(text)} is no network such as 10.0.0.0/8 or fd00::/8.`);
  }
  const first = Buffer.from(bytes);
  const last = Buffer.from(bytes);
  for (let bit = prefix; bit < bits; bit += 1) {
    const mask = 0x80 >> (bit % 8);
    first[bit >> 3] = (first[bit >> 3] ?? 0) & ~mask;
    last[bit >> 3] = (last[bit >> 3] ?? 0) | mask;
  }
  return { first: bytesToIp(first), last: bytesToIp(last) };
}
