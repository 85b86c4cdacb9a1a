import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv6 } from "node:net";
import { TLSSocket } from "node:tls";
import { isLoopbackAddress, unmapped } from "./address.ts";

/** Where a request came from, as far as it can be believed. */
export interface Origination {
  /** Of the client, or of the nearest hop that is not one of our proxies. */
  readonly address: string;
  /** The client's own hop is TLS. */
  readonly secure: boolean;
  /** The client runs on this machine: no hop in between, known or unknown. */
  readonly loopback: boolean;
  /** Host as the client wrote it. */
  readonly host: string;
}

/** Headers that name hops: their presence shows a hop, even one that is not trusted. */
const FORWARDING_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "via"];
/** Hops of a chain that are read; nobody has more proxies of their own in a row. */
const FORWARDED_HOPS_MAX = 16;

/** Believes forwarding headers only from configured proxies. */
export class Proxies {
  readonly #trusted = new BlockList();
  readonly #none: boolean;

  /** Addresses and networks in CIDR notation. Throws on anything else. */
  constructor(networks: readonly string[]) {
    this.#none = networks.length === 0;
    for (const network of networks) {
      const [address = "", bits] = network.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (isIP(address) === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) {
        throw new RangeError(`"${network}" is neither an address nor a network`);
      }
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  originOf(request: IncomingMessage): Origination {
    const peer = unmapped(request.socket.remoteAddress ?? "");
    const host = request.headers.host ?? "";
    if (!this.#trusts(peer)) {
      const hops = FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined);
      return {
        address: peer,
        secure: request.socket instanceof TLSSocket,
        loopback: isLoopbackAddress(peer) && !hops,
        host,
      };
    }
    return {
      address: this.#nearestStranger(peer, single(request.headers["x-forwarded-for"])),
      secure: lastOf(single(request.headers["x-forwarded-proto"])).toLowerCase() === "https",
      loopback: false,
      host: lastOf(single(request.headers["x-forwarded-host"])) || host,
    };
  }

  /** The right-most address that is not one of our proxies: what stands left of it, the client may have written itself. */
  #nearestStranger(peer: string, forwardedFor: string): string {
    const hops = forwardedFor.split(",").slice(-FORWARDED_HOPS_MAX);
    let nearest = peer;
    for (const hop of hops.reverse()) {
      const address = unmapped(hop.trim().replace(/^\[(.*)\](:\d+)?$/, "$1"));
      if (isIP(address) === 0) return nearest;
      nearest = address;
      if (!this.#trusts(address)) return address;
    }
    return nearest;
  }

  /** Is it one of ours? As a socket shows it. */
  trusts(address: string): boolean {
    return this.#trusts(unmapped(address));
  }

  #trusts(address: string): boolean {
    // A look-up costs more than the rest of an upgrade, and most nodes have no proxies.
    return !this.#none && isIP(address) !== 0 && this.#trusted.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  }
}

function single(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

/** Each proxy appends: the last entry was written by the hop next to us. */
function lastOf(list: string): string {
  return (list.split(",").at(-1) ?? "").trim();
}
