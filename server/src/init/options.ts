import { parseArgs } from "node:util";
import { InitError } from "./init-error.ts";

/** Every option of `parley init`, with its default. The first three are asked for where they are missing. */
const OPTIONS = {
  address: ["", "name or address that people will type: chat.example.org, 203.0.113.7"],
  certificate: ["", "acme: automatic, from Let's Encrypt; selfsigned: browsers warn; proxy: a proxy of yours ends TLS"],
  registration: ["", "who may make an account: open, invite, closed"],
  folder: ["./parley", "where everything is written, and the data will lie"],
  name: ["Parley", "what people see as the name of the server"],
  "acme-email": ["", "where Let's Encrypt may write when something is wrong with the certificate"],
  calls: ["", "on or off: whether a relay for calls runs beside; on, unless the address is this machine's own"],
  "public-ip": ["", "the public address of this machine, where it has a private one: behind NAT, as on most clouds"],
  lan: ["", "network in which people call each other, such as 192.168.1.0/24, where the address is a private one"],
  listen: ["", "addresses of this machine at which the relay listens, with commas; found out where it is left out"],
} as const;

type Option = keyof typeof OPTIONS;
const NAMES = Object.keys(OPTIONS) as Option[];

export type InitOptions = Readonly<Record<Option, string>> & { readonly force: boolean };

/** Null: somebody wants to read what there is. Throws `InitError`. */
export function parseInitOptions(args: readonly string[]): InitOptions | null {
  const strings = NAMES.map((name) => [name, { type: "string", default: OPTIONS[name][0] }] as const);
  const flags = { force: { type: "boolean", default: false }, help: { type: "boolean", short: "h" } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { ...Object.fromEntries(strings), ...flags } });
    return values.help === true ? null : (values as unknown as InitOptions);
  } catch (error) {
    throw new InitError((error as Error).message);
  }
}

export function initHelp(): string {
  const rows = NAMES.map((name) => {
    const [value, what] = OPTIONS[name];
    return `  --${name.padEnd(14)}${what}${value === "" ? "" : ` [${value}]`}`;
  });
  return [
    "parley init [options]            prepare a machine: every secret, and configurations that fit each other",
    "",
    ...rows,
    `  --${"force".padEnd(14)}replace configurations that are there; secrets and data always stay`,
    "",
    "Asks for --address, --certificate and --registration where they are missing.",
  ].join("\n");
}
