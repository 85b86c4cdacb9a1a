import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { limits } from "@parley/protocol";
import { modeLeavesOpen } from "@parley/protocol/secure";
import { type Static, type TSchema, Type } from "typebox";
import { Errors } from "typebox/schema";
import { isNatsUrl, parseNatsUrl } from "./bus/nats-url.ts";
import {
  COMMAND_NAMES,
  COMMAND_OPTIONS,
  COMMANDS,
  type Command,
  type CommandOption,
  type CommandOptions,
  isCommand,
  usageOf,
} from "./commands.ts";
import { isLoopbackHost } from "./gateway/address.ts";
import { LOG_LEVELS } from "./log.ts";
import { OUTBOX, parseSmtpAddress } from "./mail/mail-address.ts";
import { parseRedisUrl, type RedisLocation } from "./store/redis/url.ts";

const oneOf = <T extends string>(values: readonly T[], options: { default: T; description: string }) =>
  Type.Unsafe<T>(Type.String({ ...options, enum: [...values] }));

const listOf = (item: TSchema, options: { default: string[]; description: string }) =>
  Type.Unsafe<readonly string[]>(Type.Array(item, { ...options, maxItems: 64 }));

/**
 * Every setting: `--like-this` on the command line, `PARLEY_LIKE_THIS` in the environment (the command line wins),
 * lists separated by commas. The help text is made from this table.
 */
export const Config = Type.Object({
  host: Type.String({ default: "127.0.0.1", minLength: 1, maxLength: 255, description: "address to listen on" }),
  port: Type.Integer({ default: 7780, minimum: 0, maximum: 65_535, description: "port to listen on; 0: any free one" }),
  data: Type.String({ default: "./data", minLength: 1, description: "folder for everything that this node keeps" }),
  store: Type.String({
    default: "",
    pattern: "^(rediss?://|redis\\+(cluster|sentinel)://|$)",
    description: "redis://, rediss://, redis+cluster:// or redis+sentinel:// address; empty: the store in --data",
  }),
  storeReplica: Type.String({
    default: "",
    pattern: "^(rediss?://|redis\\+sentinel://|$)",
    description: "redis://, rediss:// or redis+sentinel:// address of a replica of --store, to read history from",
  }),
  bus: Type.String({
    default: "",
    pattern: "^((rediss?|nats|tls)://|redis\\+(cluster|sentinel)://|$)",
    description: "nats://, tls:// (NATS too) or an address as of a store; empty: the store itself, if it is shared",
  }),
  publicUrl: Type.String({
    default: "",
    maxLength: 255,
    pattern: "^(https?://[^/?#@\\s]+/?)?$",
    description: "address by which people reach this very node, for GET /locate; empty: nobody is sent here",
  }),
  drain: Type.Integer({
    default: 8,
    minimum: 0,
    maximum: 3_600,
    description: "seconds over which a node that is stopped sends its people to the others; 0: all at once",
  }),
  name: Type.String({ default: "Parley", minLength: 1, maxLength: 64, description: "what people see as the name" }),
  registration: oneOf(["open", "invite", "closed"], {
    default: "open",
    description: "who may make an account: everybody, who has an invite, nobody",
  }),
  registrationBurst: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 1_000_000,
    description: "new accounts that one address may make at once",
  }),
  registrationSeconds: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 86_400,
    description: "seconds after which an address may make one more",
  }),
  invites: oneOf(["owner", "everyone"], { default: "owner", description: "who may make invites to this server" }),
  sessions: oneOf(["multi", "replace", "refuse"], {
    default: "multi",
    description: "devices of one account: many, the new one replaces the old, the old one keeps the new one out",
  }),
  mail: Type.String({
    default: "",
    maxLength: 1024,
    description: "smtp://user:password@host:port?from=address, smtps://..., or outbox to print mails to the log",
  }),
  email: oneOf(["optional", "required"], {
    default: "optional",
    description: "whether an account needs a verified e-mail address, where --mail is set",
  }),
  tls: oneOf(["off", "selfsigned", "files"], { default: "off", description: "TLS of the listener itself" }),
  tlsCert: Type.String({ default: "", description: "certificate chain in PEM, for --tls files" }),
  tlsKey: Type.String({ default: "", description: "private key in PEM, for --tls files" }),
  imscMode: oneOf(["auto", "always", "off"], {
    default: "auto",
    description: "seal inside TLS too (always), only without TLS (auto), never (off)",
  }),
  plaintextWs: oneOf(["never", "loopback"], {
    default: "never",
    description: "accept unsealed connections without TLS: for development on this machine",
  }),
  kems: listOf(oneOf(["rsa2048", "x25519", "rsa3072"], { default: "rsa2048", description: "" }), {
    default: ["rsa2048", "x25519", "rsa3072"],
    description: "key exchanges to accept, the preferred first",
  }),
  trustedProxies: listOf(Type.String({ maxLength: 64 }), {
    default: [],
    description: "addresses or networks (CIDR) whose X-Forwarded-* headers are believed",
  }),
  origins: listOf(Type.String({ minLength: 1, maxLength: 255 }), {
    default: ["same-host"],
    description: 'web origins that may connect: same-host, null, or "https://chat.example"',
  }),
  workers: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 32,
    description: "processes that serve behind the one port, each a node; as many as the machine has cores, at most",
  }),
  workersPool: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: "threads of each process that assemble pages of history",
  }),
  lobby: oneOf(["off", "on"], { default: "off", description: "a chat of everybody who has an account" }),
  lobbyName: Type.String({ default: "Lobby", minLength: 1, maxLength: 100, description: "what it is called at first" }),
  newest: Type.Integer({ default: 20, minimum: 0, maximum: 50, description: "messages of each chat sent at sign-in" }),
  retractWindow: Type.Integer({
    default: 172_800,
    minimum: 0,
    maximum: 10 * 366 * 24 * 3600,
    description: "seconds in which people may retract or edit what they wrote; admins of groups retract at any time",
  }),
  objectsEndpoint: Type.String({
    default: "",
    maxLength: 255,
    pattern: "^(https?://[^/?#@\\s]+/?|$)",
    description: "S3 store for files, as this node reaches it: https://s3.example:9000; empty: a folder in --data",
  }),
  objectsPublicEndpoint: Type.String({
    default: "",
    maxLength: 255,
    pattern: "^(https?://[^/?#@\\s]+/?|$)",
    description: "the same store as people's devices reach it; empty: by the same address",
  }),
  objectsBucket: Type.String({
    default: "parley",
    pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    description: "bucket for files; made if it is missing",
  }),
  objectsRegion: Type.String({
    default: "us-east-1",
    pattern: "^[a-z0-9-]{1,64}$",
    description: "region of the object store",
  }),
  objectsAccessKey: Type.String({ default: "", maxLength: 256, description: "access key of the object store" }),
  objectsSecretKey: Type.String({ default: "", maxLength: 256, description: "secret key of the object store" }),
  objectsReserve: Type.Integer({
    default: 1_073_741_824,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "bytes of the disk that files in --data leave free, so that messages can still be written",
  }),
  fileRate: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "bytes a second at which this node takes and gives files in --data; 0: as fast as it goes",
  }),
  fileRateUser: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "the same for each person",
  }),
  fileMax: Type.Integer({
    default: 5_368_709_120,
    minimum: 1,
    maximum: limits.FILE_SIZE_MAX,
    description: "bytes of the largest file that people may send",
  }),
  fileQuota: Type.Integer({
    default: 21_474_836_480,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "bytes of files that each person may keep here",
  }),
  fileRetention: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 36_500,
    description: "days after which files are removed from messages, which stay; 0: never",
  }),
  turn: listOf(Type.String({ minLength: 1, maxLength: 300 }), {
    default: [],
    description: "relays for calls: turn:host:3478 or turns:host:5349; empty: devices reach each other or not",
  }),
  turnSecret: Type.String({
    default: "",
    maxLength: 256,
    description: "secret that the relays share with this server",
  }),
  turnSecretFile: Type.String({
    default: "",
    description: "file with that secret; empty: the one that `npm run turn` makes in --data",
  }),
  allowVolatile: Type.Boolean({
    default: false,
    description: "start although the store forgets acknowledged messages when it stops",
  }),
  secretFile: Type.String({
    default: "",
    description: "file with the deployment's secret; empty: PARLEY_SECRET, else made in --data",
  }),
  web: Type.String({ default: "", description: "folder of the built web app; empty: the one that came along" }),
  metrics: oneOf(["off", "loopback", "on"], {
    default: "loopback",
    description: "who gets GET /metrics: nobody, this machine alone, everybody who can reach the server",
  }),
  logLevel: oneOf(LOG_LEVELS, { default: "info", description: "how much to log on standard error" }),
});
export type Config = Static<typeof Config>;

/** A setting is wrong; the message tells the operator which and how to put it right. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Name = keyof Config;
const NAMES = Object.keys(Config.properties) as Name[];

/** As much of a setting's schema as is needed to read, check and explain it. */
interface SettingSchema {
  readonly type: "string" | "integer" | "boolean" | "array";
  readonly default: unknown;
  readonly description: string;
  readonly enum?: readonly string[];
}
const schemaOf = (name: Name) => Config.properties[name] as unknown as SettingSchema;

const flagOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variableOf = (name: string) => `PARLEY_${flagOf(name).replaceAll("-", "_").toUpperCase()}`;

/** What begins like a setting and is none: secrets of commands, and what the tests of this repository are told. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  "PARLEY_SECRET",
  "PARLEY_BACKUP_PASSPHRASE",
  "PARLEY_BACKUP_IDENTITY_PASSPHRASE",
  "PARLEY_LONG",
  "PARLEY_SEED",
  "PARLEY_FRESH_SEEDS",
  "PARLEY_SHOTS",
  "PARLEY_CALL_ROUNDS",
]);

export type CommandLine =
  | {
      readonly command: Command;
      readonly config: Config;
      /** Options of the command itself. */
      readonly options: CommandOptions;
      /** The words after it. */
      readonly words: readonly string[];
    }
  | { readonly command: "help" };

/** Throws `ConfigError`. */
export function parseCommandLine(args: readonly string[], environment: NodeJS.ProcessEnv): CommandLine {
  const { values, positionals } = readFlags(args);
  if (values.help === true) return { command: "help" };
  const { command, words } = readCommand(positionals);
  refuseUnknownVariables(environment);
  const given: Partial<Record<Name, unknown>> = {};
  for (const name of NAMES) {
    const flag = values[flagOf(name)];
    const variable = environment[variableOf(name)];
    if (flag !== undefined) given[name] = typeof flag === "boolean" ? flag : fromText(name, flag as string);
    else if (variable !== undefined && variable !== "") given[name] = fromText(name, variable);
  }
  const options = readCommandOptions(command, values);
  return { command, config: createConfig(given as Partial<Config>), options, words };
}

/** A setting that is misspelt would be left at its default without a word. */
function refuseUnknownVariables(environment: NodeJS.ProcessEnv): void {
  const known = new Set(NAMES.map(variableOf));
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith("PARLEY_") || known.has(variable) || OTHER_VARIABLES.has(variable)) continue;
    throw new ConfigError(`${variable} is set in the environment, and is no setting; \`parley --help\` lists them.`);
  }
}

function readCommand(positionals: readonly string[]): { command: Command; words: readonly string[] } {
  if (positionals.length === 0) return { command: "run", words: [] };
  // Of several words, so the longest that fits.
  for (let length = positionals.length; length > 0; length -= 1) {
    const name = positionals.slice(0, length).join(" ");
    const words = positionals.slice(length);
    if (isCommand(name) && words.length === COMMANDS[name].words.length) return { command: name, words };
  }
  const near = COMMAND_NAMES.find((name) => positionals.join(" ").startsWith(name));
  const usage = near === undefined ? "" : ` Say: parley ${usageOf(near)}`;
  throw new ConfigError(`There is no command "${positionals.join(" ")}".${usage}\n\n${helpText()}`);
}

function readCommandOptions(command: Command, values: Readonly<Record<string, unknown>>): CommandOptions {
  const options: Partial<Record<CommandOption, string | boolean>> = {};
  for (const name of Object.keys(COMMAND_OPTIONS) as CommandOption[]) {
    const value = values[name];
    if (value === undefined) continue;
    if (!(COMMANDS[command].options as readonly string[]).includes(name)) {
      const its = COMMAND_NAMES.filter((one) => (COMMANDS[one].options as readonly string[]).includes(name));
      throw new ConfigError(`--${name} belongs to ${its.map((one) => `\`parley ${one}\``).join(", ")}.`);
    }
    options[name] = value as string | boolean;
  }
  for (const name of COMMANDS[command].needs) {
    if (options[name] === undefined) throw new ConfigError(`\`parley ${command}\` needs --${name}.`);
  }
  return options;
}

/** Fills in the defaults and checks every rule. Throws `ConfigError`. */
export function createConfig(given: Partial<Config>): Config {
  const filled = Object.fromEntries(NAMES.map((name) => [name, given[name] ?? schemaOf(name).default])) as Config;
  const [, [wrong]] = Errors(Config, filled);
  if (wrong !== undefined) {
    const name = (wrong.instancePath.split("/")[1] ?? "") as Name;
    throw new ConfigError(`--${flagOf(name)} ${whatIsWrong(schemaOf(name), wrong)}.`);
  }
  checkRules(filled);
  return { ...filled, data: resolve(filled.data) };
}

function whatIsWrong(schema: SettingSchema, wrong: { readonly keyword: string; readonly message: string }): string {
  if (schema.enum !== undefined) return `is ${schema.enum.join(" or ")}`;
  return wrong.keyword === "pattern" ? `is: ${schema.description}` : wrong.message;
}

function checkRules(config: Config): void {
  if (config.tls === "files" && (config.tlsCert === "" || config.tlsKey === "")) {
    throw new ConfigError("--tls files needs --tls-cert and --tls-key.");
  }
  if (config.tls !== "files" && (config.tlsCert !== "" || config.tlsKey !== "")) {
    throw new ConfigError("--tls-cert and --tls-key are for --tls files.");
  }
  checkStores(config);
  if (config.bus !== "" && config.store === "") {
    throw new ConfigError("--bus is for nodes that share a store: it needs --store.");
  }
  if (isNatsUrl(config.bus)) {
    try {
      parseNatsUrl(config.bus);
    } catch (error) {
      throw new ConfigError(`--bus: ${(error as Error).message}.`);
    }
  }
  if (config.mail !== "" && config.mail !== OUTBOX && parseSmtpAddress(config.mail) === null) {
    throw new ConfigError("--mail is smtp://user:password@host:port?from=address, smtps://..., or outbox.");
  }
  if (config.email === "required" && config.mail === "") throw new ConfigError("--email required needs --mail.");
  if (config.objectsEndpoint !== "" && (config.objectsAccessKey === "" || config.objectsSecretKey === "")) {
    throw new ConfigError("--objects-endpoint needs --objects-access-key and --objects-secret-key.");
  }
  if (config.objectsEndpoint === "" && config.objectsPublicEndpoint !== "") {
    throw new ConfigError("--objects-public-endpoint is another address of --objects-endpoint, which is missing.");
  }
  if (config.turnSecret !== "" && config.turnSecretFile !== "") {
    throw new ConfigError("--turn has one secret: in --turn-secret-file or in --turn-secret.");
  }
  if (config.turn.length === 0 && (config.turnSecret !== "" || config.turnSecretFile !== "")) {
    throw new ConfigError("--turn-secret and --turn-secret-file are for --turn, which is missing.");
  }
  const listener = { tls: config.tls !== "off", loopback: isLoopbackHost(config.host) };
  if (modeLeavesOpen({ imsc: config.imscMode, plaintextWs: config.plaintextWs }, [listener])) {
    throw new ConfigError(
      `--imsc-mode off would put everything on the wire in the clear: listen on loopback, or use --tls.`,
    );
  }
}

function checkStores({ store, storeReplica, bus }: Config): void {
  const [primary, replica] = [address("store", store), address("storeReplica", storeReplica)];
  if (!isNatsUrl(bus)) address("bus", bus);
  if (replica === null) return;
  if (primary === null) throw new ConfigError("--store-replica is a replica of --store, which is missing.");
  if (primary.mode === "cluster" || replica.mode === "cluster") {
    throw new ConfigError("--store-replica is for a --store with one primary, not for a Redis Cluster.");
  }
  if (primary.db !== replica.db) {
    throw new ConfigError(`--store-replica has to name database ${primary.db}, as --store does.`);
  }
}

/** Null: none is given. */
function address(name: "store" | "storeReplica" | "bus", url: string): RedisLocation | null {
  if (url === "") return null;
  try {
    return parseRedisUrl(url);
  } catch (error) {
    throw new ConfigError(`--${flagOf(name)}: ${(error as Error).message}.`);
  }
}

export function helpText(): string {
  const width = Math.max(...NAMES.map((name) => flagOf(name).length)) + 4;
  const lines = NAMES.map((name) => {
    const {
      default: value,
      description,
      ...rest
    } = schemaOf(name) as unknown as {
      default: unknown;
      description: string;
      enum?: string[];
    };
    const choice = rest.enum === undefined ? "" : ` (${rest.enum.join(", ")})`;
    const shown = value === "" || (Array.isArray(value) && value.length === 0) ? "" : ` [${String(value)}]`;
    return `  ${`--${flagOf(name)}`.padEnd(width)}${description}${choice}${shown}`;
  });
  return [
    ...COMMAND_NAMES.flatMap((name) => [`parley ${usageOf(name)}`, `    ${COMMANDS[name].description}`]),
    "parley init [--help]",
    "    prepare a machine for Docker Compose: secrets, and configurations that fit",
    "",
    ...lines,
    "",
    "Each option can be set in the environment as well: PARLEY_TLS_CERT for --tls-cert, and so on.",
  ].join("\n");
}

function readFlags(args: readonly string[]) {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {
    help: { type: "boolean", short: "h" },
    ...COMMAND_OPTIONS,
  };
  for (const name of NAMES) options[flagOf(name)] = { type: schemaOf(name).type === "boolean" ? "boolean" : "string" };
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${helpText()}`);
  }
}

function fromText(name: Name, text: string): unknown {
  switch (schemaOf(name).type) {
    case "integer":
      return /^\d+$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : text;
    case "array":
      return text.split(",").filter((item) => item !== "");
    default:
      return text;
  }
}
