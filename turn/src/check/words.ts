import { isDeniedPeer } from "../peers.ts";
import { formatTurnUrl, type TurnUrl } from "../turn-url.ts";
import type { Endpoint } from "./message.ts";
import { TurnProblem } from "./problem.ts";

/** Why one could not get an address of a relay, and what to do. */
export function whyNotAllocated(error: unknown, url: TurnUrl): string {
  if (!(error instanceof TurnProblem)) return String(error);
  const { kind, code, message } = error;
  const over = nameOf(url);
  switch (kind) {
    case "unknown-host":
      return `The name ${url.host} has no address (${message}).`;
    case "port-closed":
      return `Nothing listens on port ${url.port} for ${over}: is coturn running, and is that its port?`;
    case "no-answer":
      return `No answer over ${over} on port ${url.port}: a firewall drops the packets, or address or port are others.`;
    case "closed":
      return `The connection was cut before an answer came (${message}): another program on port ${url.port}, or a proxy?`;
    case "tls":
      return `The TLS handshake failed (${message}). Browsers will refuse too: they want a certificate for ${url.host} from an authority that they know.`;
    case "not-turn":
      return `What answers on port ${url.port} is no TURN server.`;
    case "refused":
      return whyRefused(code, message);
  }
}

/** What a code of RFC 8656 means here. */
function whyRefused(code: number, message: string): string {
  switch (code) {
    case 401:
      return "The credentials are refused (401): this secret is not the relay's. Give both the same file.";
    case 403:
      return "The relay refuses (403): an administrator has forbidden it.";
    case 437:
    case 441:
      return `The credentials belong to something else (${message}): do several relays with other realms share this address?`;
    case 486:
      return "The quota is used up (486): of this user, of the relay, or of its bandwidth. See --user-quota, --total-quota and --capacity.";
    case 508:
      return "The relay has no free port (508): widen --relay-ports.";
    default:
      return `The relay answers with an error: ${message}.`;
  }
}

export const CLOCKS_DIFFER =
  "The credentials are refused (401) as expired, though the secret is right: the relay's clock is ahead of this one by ten minutes or more. Set both by NTP.";

export function whyNotPermitted(error: unknown, peer: string): string {
  if (error instanceof TurnProblem && error.code === 403) {
    const why = isDeniedPeer(peer)
      ? "which is no public address. Behind NAT name the public one (--external-ip); in a LAN allow its network (--allow-peers)."
      : "though that is a public address: look at the relay's denied-peer-ip.";
    return `The relay refuses to send to ${peer} (403 Forbidden IP), ${why}`;
  }
  return `The relay does not send to ${peer}: ${messageOf(error)}.`;
}

export function whyNotRelayed(error: unknown, relayed: Endpoint): string {
  if (error instanceof TurnProblem && error.kind === "no-answer") {
    return `A packet to ${shown(relayed)} did not come through: a firewall closes the relay ports (UDP), or the external address does not lead to this relay.`;
  }
  return `Relaying to ${shown(relayed)} broke: ${messageOf(error)}.`;
}

export function nameOf({ secure, transport }: TurnUrl): string {
  return secure ? "TLS" : transport === "tcp" ? "TCP" : "UDP";
}

export function shown({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

export function titleOf(url: TurnUrl): string {
  return `${nameOf(url)} (${formatTurnUrl(url)})`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
