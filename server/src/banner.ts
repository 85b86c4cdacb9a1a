import { networkInterfaces } from "node:os";
import type { Config } from "./config.ts";
import { isLoopbackHost } from "./gateway/address.ts";
import type { ParleyNode } from "./node.ts";

const NETWORK_URLS_MAX = 4;

/** What the operator sees when the server is ready. The first line is read by programs as well. */
export function banner(node: ParleyNode, config: Config): string {
  const rows: [string, string][] = [
    ["Parley", node.url],
    ...networkUrls(node, config).map((url): [string, string] => ["", url]),
    ["Fingerprint", node.identity.shortCode],
    ["", node.identity.fingerprint],
    ["Data", config.store === "" ? config.data : `${node.store}, and ${config.data}`],
    ["Accounts", accounts(node, config)],
    ...node.warnings.map((warning): [string, string] => ["Warning", warning]),
    ...exposure(config).map((warning): [string, string] => ["Note", warning]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return `${rows.map(([name, text]) => `${name.padEnd(width)}${text}`).join("\n")}\n`;
}

/** Where other machines find a node that listens on all addresses; enough of them to find the right one. */
function networkUrls(node: ParleyNode, config: Config): string[] {
  if (config.host !== "0.0.0.0" && config.host !== "::") return [];
  const scheme = config.tls === "off" ? "http" : "https";
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .slice(0, NETWORK_URLS_MAX)
    .map(({ address }) => `${scheme}://${address}:${node.port}`);
}

function accounts(node: ParleyNode, config: Config): string {
  return config.registration === "open"
    ? `open: whoever reaches ${node.url} can make one; begin with your own (--registration closed ends it)`
    : "closed: nobody can make one; start once with --registration open to make the first";
}

function exposure(config: Config): string[] {
  if (isLoopbackHost(config.host)) return ["only this machine can connect; --host 0.0.0.0 lets others in"];
  if (config.tls !== "off") return [];
  return ["without TLS: messages are sealed, but calls, microphone and notifications need --tls"];
}
