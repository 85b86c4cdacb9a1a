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
    ...workers(config),
    ["Accounts", accounts(node, config)],
    ...owner(node),
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
  switch (config.registration) {
    case "open":
      return `open: whoever reaches ${node.url} can make one (--registration closed or invite ends it)`;
    case "invite":
      return "by invite: the owner makes invites in the settings of the app";
    case "closed":
      return "closed: nobody can make one (--registration open or invite changes it)";
  }
}

function workers({ workers: count }: Config): [string, string][] {
  return count === 1 ? [] : [["Workers", `${count} processes behind this port; one that dies is started again`]];
}

/** Until somebody owns the server. */
function owner(node: ParleyNode): [string, string][] {
  if (node.ownerCode === null) return [];
  return [
    ["Owner", `none yet: make your account at ${node.url}/#owner=${node.ownerCode}`],
    ["", "which works once, whoever opens it first"],
  ];
}

function exposure(config: Config): string[] {
  if (isLoopbackHost(config.host)) return ["only this machine can connect; --host 0.0.0.0 lets others in"];
  if (config.tls !== "off") return [];
  return ["without TLS: messages are sealed, but calls, microphone and notifications need --tls"];
}
