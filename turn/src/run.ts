import { once } from "node:events";
import { mkdir, readFile, stat } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import { type CoturnSettings, renderCoturnConfig } from "./config.ts";
import { findCoturn, HOW_TO_INSTALL, launchCoturn, ownUser, reachableAddresses, TEMPLATE_FILE } from "./coturn.ts";
import { formatTurnUrl } from "./credentials.ts";
import { listOf, numberOf, type RunOptions, secretFileOf } from "./options.ts";
import { isDeniedPeer } from "./peers.ts";
import { ensureSecret, isOpenToOthers, writePrivateFile } from "./secret-file.ts";
import { UsageError } from "./usage-error.ts";

/** And the number of the signal: what shells say of a program that one ended. */
const ENDED_BY_SIGNAL = 128;

/** Writes the configuration and is coturn until it ends. Answers the exit code. */
export async function runCoturn(options: RunOptions, say: (text: string) => void): Promise<number> {
  const program = findCoturn();
  if (program === undefined) {
    say(HOW_TO_INSTALL);
    return 1;
  }
  const secretFile = secretFileOf(options);
  const folder = resolve(options.data, "turn");
  // What is wrong with the options is said before anything is made.
  const withoutSecret = await settingsFrom(options, folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const settings = { ...withoutSecret, secret: await ensureSecret(secretFile) };
  if (await isOpenToOthers(secretFile)) {
    say(`Warning: others on this machine can read ${secretFile}: chmod 600 it.`);
  }
  const configFile = join(folder, "turnserver.conf");
  await writePrivateFile(configFile, renderCoturnConfig(await readFile(TEMPLATE_FILE, "utf8"), settings));
  say(introduction(settings, options, secretFile));

  const child = launchCoturn(program, configFile);
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    // coturn has no farewell of its own: these two end it as they are, and mean that somebody wanted the end.
    if (signal === null) return code ?? 1;
    return signal === "SIGINT" || signal === "SIGTERM" ? 0 : ENDED_BY_SIGNAL + constants.signals[signal];
  } finally {
    process.off("SIGINT", pass).off("SIGTERM", pass);
  }
}

async function settingsFrom(options: RunOptions, folder: string): Promise<Omit<CoturnSettings, "secret">> {
  const listen = options.listen === "" ? reachableAddresses() : listOf(options.listen);
  const external = listOf(options["external-ip"]).map((text) => pairOf(text, listen));
  const allowedPeers = listOf(options["allow-peers"]);
  if (external.length === 0 && allowedPeers.length === 0 && listen.every(isDeniedPeer)) {
    throw new UsageError(
      `The relay would be at ${listen.join(", ") || "no address"}, which nobody outside can reach, and it sends to public addresses only.\n` +
        "  Behind NAT: --external-ip and the public address.\n" +
        "  For calls inside a LAN: --allow-peers and its network, such as 192.168.1.0/24.",
    );
  }
  const range = /^(\d{1,5})-(\d{1,5})$/.exec(options["relay-ports"]);
  if (range === null) throw new UsageError("--relay-ports is a range such as 49152-50175.");
  return {
    listen,
    port: numberOf(options.port, "port"),
    external,
    relayPorts: [Number(range[1]), Number(range[2])],
    tls: await tlsFrom(options),
    realm: options.realm,
    userQuota: numberOf(options["user-quota"], "user-quota"),
    totalQuota: numberOf(options["total-quota"], "total-quota"),
    bytesPerSecond: numberOf(options["max-bandwidth"], "max-bandwidth"),
    capacityBytesPerSecond: numberOf(options.capacity, "capacity"),
    allowedPeers,
    allowLoopback: options.allowLoopback,
    folder,
    user: ownUser(),
  };
}

/** `public` alone stands for the one address of its family that needs it. */
function pairOf(text: string, listen: readonly string[]): { outside: string; inside: string } {
  const [outside = "", inside] = text.split("/");
  if (inside !== undefined) return { outside, inside };
  const ofFamily = listen.filter((address) => isIPv4(address) === isIPv4(outside) && isDeniedPeer(address));
  const [only] = ofFamily;
  if (only === undefined || ofFamily.length > 1) {
    const which = ofFamily.length > 1 ? ofFamily.join(", ") : "none";
    throw new UsageError(
      `--external-ip ${text}: which private address is behind it? Write public/private. There is ${which}.`,
    );
  }
  return { outside, inside: only };
}

async function tlsFrom(options: RunOptions): Promise<CoturnSettings["tls"]> {
  const [cert, key] = [options["tls-cert"], options["tls-key"]];
  if (cert === "" && key === "") return undefined;
  if (cert === "" || key === "") throw new UsageError("TLS needs both --tls-cert and --tls-key.");
  // coturn would start without TLS, and say so in a line among many.
  for (const file of [cert, key]) {
    await stat(file).catch(() => {
      throw new UsageError(`There is no file ${file}.`);
    });
  }
  return { port: numberOf(options["tls-port"], "tls-port"), certFile: resolve(cert), keyFile: resolve(key) };
}

function introduction(settings: Omit<CoturnSettings, "secret">, options: RunOptions, secretFile: string): string {
  const [external] = settings.external;
  const host = options.host === "" ? (external?.outside ?? settings.listen[0] ?? "") : options.host;
  const { tls, port, relayPorts } = settings;
  const urls = [formatTurnUrl({ secure: false, host, port })];
  if (tls !== undefined) urls.push(formatTurnUrl({ secure: true, host, port: tls.port }));
  return [
    `The relay for calls listens on ${settings.listen.join(", ")}.`,
    `Open in the firewall: UDP and TCP ${port}${tls === undefined ? "" : `, TCP ${tls.port}`}, UDP ${relayPorts[0]}-${relayPorts[1]}.`,
    "Give to the Parley server:",
    `  --turn ${urls.join(",")} --turn-secret-file ${secretFile}`,
    "Then test it, best from outside:",
    `  npm run turn -- check --server ${urls.join(",")} --secret-file ${secretFile}`,
    "",
  ].join("\n");
}
