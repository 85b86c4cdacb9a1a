import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

/**
 * Every option of `npm run turn`, with its default. Defaults for a relay of some hundred people: Chromium makes an allocation for each
 * URL and network of a call and for each person in it, most of them for seconds.
 */
const RUN = {
  data: ["./data", "folder of the Parley server; what belongs to the relay is in turn/ below"],
  "secret-file": ["", "the secret that server and relay share; made in --data if there is none"],
  host: ["", "name or address by which browsers reach the relay; needed for TLS"],
  listen: ["", "addresses to listen on and to relay from, with commas; all of this machine, unless told otherwise"],
  port: ["3478", "port for UDP and TCP"],
  "relay-ports": ["49152-50175", "UDP ports of relayed packets, one for each allocation"],
  "external-ip": [
    "",
    "the public address, where this machine has a private one: behind NAT; or public/private, with commas",
  ],
  "tls-cert": ["", "certificate chain in PEM; with it the relay speaks TLS too"],
  "tls-key": ["", "its private key"],
  "tls-port": ["5349", "port for TLS; 443 goes through more firewalls"],
  realm: ["parley", "a name that clients sign; only seen by them"],
  "user-quota": ["48", "allocations of one person at once"],
  "total-quota": ["1000", "allocations of all at once"],
  "max-bandwidth": ["1000000", "bytes a second of one allocation, each way; more is dropped"],
  capacity: ["0", "bytes a second of all together; each allocation reserves --max-bandwidth of it. 0: no limit"],
  "allow-peers": [
    "",
    "networks that are not public and may be sent to all the same: 192.168.1.0/24 for calls in a LAN",
  ],
} as const;

const CHECK = {
  server: [
    "",
    "what to test: turn:host:3478 (UDP and TCP), turn:host:3478?transport=tcp, turns:host:5349; with commas",
  ],
  data: ["./data", "folder of the Parley server"],
  "secret-file": ["", "the secret that server and relay share, if it is not in --data"],
  ca: ["", "PEM of an authority to trust besides the usual ones; browsers will not"],
  patience: ["5", "seconds that one answer may take"],
} as const;

export type RunOptions = Readonly<Record<keyof typeof RUN, string>> & { readonly allowLoopback: boolean };
export type CheckOptions = Readonly<Record<keyof typeof CHECK, string>>;

export type Command =
  | { readonly do: "help" }
  | { readonly do: "run"; readonly options: RunOptions }
  | { readonly do: "check"; readonly options: CheckOptions };

export function parseCommand(args: readonly string[]): Command {
  const checks = args[0] === "check";
  const table: Readonly<Record<string, readonly [string, string]>> = checks ? CHECK : RUN;
  const names = Object.entries(table).map(([name, [value]]) => [name, { type: "string", default: value }] as const);
  const flags = { help: { type: "boolean", short: "h" }, "allow-loopback-peers": { type: "boolean" } } as const;
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    values = parseArgs({
      args: checks ? args.slice(1) : [...args],
      options: { ...Object.fromEntries(names), ...flags },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help === true) return { do: "help" };
  if (checks) return { do: "check", options: values as unknown as CheckOptions };
  const allowLoopback = values["allow-loopback-peers"] === true;
  return { do: "run", options: { ...(values as unknown as Omit<RunOptions, "allowLoopback">), allowLoopback } };
}

export function helpText(): string {
  const rows = (table: Readonly<Record<string, readonly [string, string]>>) =>
    Object.entries(table).map(
      ([name, [value, what]]) => `  --${name} ${value === "" ? "" : `(${value}) `}\n      ${what}`,
    );
  return [
    "npm run turn -- [options]           runs coturn for the calls of a Parley server",
    ...rows(RUN),
    "  --allow-loopback-peers",
    "      also sends to this machine itself, with --allow-peers 127.0.0.0/8: only for tests",
    "",
    "npm run turn -- check [options]     makes a call to itself through a relay, and says what is wrong",
    ...rows(CHECK),
  ].join("\n");
}

export function listOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

export function numberOf(text: string, option: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new UsageError(`--${option} ${text} is no number.`);
  return Number(text);
}

/** Where the secret is: by default where the Parley server finds it too. */
export function secretFileOf({ data, "secret-file": file }: Pick<RunOptions, "data" | "secret-file">): string {
  return file === "" ? resolve(data, "turn", "secret") : resolve(file);
}
