import { isIPv4, isIPv6 } from "node:net";

/** RFC 7065: 3478 for UDP and TCP, 5349 for TLS. */
export const TURN_PORT = 3478;
export const TURNS_PORT = 5349;

const HOST_LENGTH_MAX = 253;
const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/i;

export interface TurnUrl {
  /** `turns:` */
  readonly secure: boolean;
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Where it is missing, the URL leaves it open. */
  readonly transport?: "udp" | "tcp";
}

/** `turn:host[:port][?transport=udp|tcp]` or `turns:...`; throws a SyntaxError that says what is wrong. */
export function parseTurnUrl(text: string): TurnUrl {
  const refuse = (why: string): never => {
    throw new SyntaxError(`${JSON.stringify(text)} is no address of a TURN server: ${why}.`);
  };
  const match = /^(turns?):(\[[^\]]*\]|[^:?[\]]*)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/.exec(text);
  if (match === null) return refuse("it looks like turn:host:3478, turn:host:3478?transport=tcp or turns:host:5349");
  const [, scheme, inBrackets = "", portText, transport] = match;
  const secure = scheme === "turns";
  const bracketed = inBrackets.startsWith("[");
  const host = bracketed ? inBrackets.slice(1, -1) : inBrackets;
  if (bracketed ? !isIPv6(host) : !isHost(host)) return refuse("the host is neither a name nor an address");
  const port = portText === undefined ? (secure ? TURNS_PORT : TURN_PORT) : Number(portText);
  if (port < 1 || port > 65_535) return refuse("ports are 1 to 65535");
  if (secure && transport === "udp") return refuse("TLS over UDP is not offered to browsers");
  return { secure, host, port, ...(transport === undefined ? {} : { transport: transport as "udp" | "tcp" }) };
}

export function formatTurnUrl({ secure, host, port, transport }: TurnUrl): string {
  const shown = isIPv6(host) ? `[${host}]` : host;
  return `${secure ? "turns" : "turn"}:${shown}:${port}${transport === undefined ? "" : `?transport=${transport}`}`;
}

/** `turn:host:3478` leaves it open and becomes two: a browser would try UDP only, and where that is blocked give up. */
export function everyTransport(url: TurnUrl): readonly TurnUrl[] {
  if (url.transport !== undefined) return [url];
  const transports = url.secure ? (["tcp"] as const) : (["udp", "tcp"] as const);
  return transports.map((transport) => ({ ...url, transport }));
}

function isHost(text: string): boolean {
  if (isIPv4(text)) return true;
  // 1.2.3 and 999.1.1.1 are names by their form, and mistyped addresses by their meaning.
  return text.length <= HOST_LENGTH_MAX && HOST_NAME.test(text) && !/^[\d.]+$/.test(text);
}
