import { isIP, isIPv6 } from "node:net";
import { isDeniedPeer } from "@parley/turn/relay-config";
import { isLoopbackHost } from "../gateway/address.ts";
import { InitError } from "./init-error.ts";

/** RFC 1035. */
const NAME_MAX = 253;
const NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/;

/** Endings that no authority vouches for: RFC 6761, RFC 6762, RFC 8375, and `.internal`. */
const OWN_ENDINGS = ["localhost", "local", "internal", "home.arpa", "test", "example", "invalid", "lan"];

/** What people type to get here. */
export interface Address {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly kind: "name" | "ip";
  /** As in a URL: IPv6 in brackets. */
  readonly urlHost: string;
  /** Only this machine knows it. */
  readonly loopback: boolean;
  /** The internet knows it, as far as its form tells: an authority may vouch for it. */
  readonly public: boolean;
}

/** Throws `InitError`. */
export function parseAddress(text: string): Address {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1");
  if (host === "") throw new InitError("--address is missing: the name or address that people will type.");
  if (/[/:]/.test(host) && !isIPv6(host)) {
    throw new InitError(`--address ${text} is a name or an address alone, without https:// and without a port.`);
  }
  const kind = isIP(host) === 0 ? "name" : "ip";
  // 1.2.3 and 999.1.1.1 are names by their form, and mistyped addresses by their meaning.
  if (kind === "name" && (host.length > NAME_MAX || !NAME.test(host) || /^[\d.]+$/.test(host))) {
    throw new InitError(`--address ${text} is neither a name such as chat.example.org nor an IP address.`);
  }
  if (host === "0.0.0.0" || host === "::") {
    throw new InitError(`--address ${text} is what a server listens on, not what people type.`);
  }
  const loopback = isLoopbackHost(host);
  return {
    host,
    kind,
    urlHost: isIPv6(host) ? `[${host}]` : host,
    loopback,
    public: kind === "ip" ? !isDeniedPeer(host) : isPublicName(host),
  };
}

function isPublicName(name: string): boolean {
  return name.includes(".") && !OWN_ENDINGS.some((ending) => name === ending || name.endsWith(`.${ending}`));
}
