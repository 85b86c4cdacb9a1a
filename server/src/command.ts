import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { AdminOrder } from "./admin/deeds.ts";
import { banner } from "./banner.ts";
import { adminDeedOf, type CommandOptions } from "./commands.ts";
import { type Config, ConfigError, helpText, parseCommandLine } from "./config.ts";
import { letHeapGrow } from "./heap.ts";
import { describeError } from "./log.ts";

const say = (text: string): void => void process.stdout.write(text);

/** Answers the exit code. */
export function runCommand(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return explained(perform(args, environment));
}

/** The same for a process that is one of `--workers`. */
export function runWorkerCommand(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return explained(performWorker(args, environment));
}

async function explained(work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  }
}

async function perform(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  // Its options are others than the server's.
  if (args[0] === "init") return init(args.slice(1));
  const line = parseCommandLine(args, environment);
  if (line.command !== "help") {
    const deed = adminDeedOf(line.command);
    if (deed !== null) return administer(line.config, { deed, words: line.words, options: line.options });
  }
  switch (line.command) {
    case "help":
      say(`${helpText()}\n`);
      return 0;
    case "run":
      if (line.config.workers > 1) return runWorkers(line.config, args);
      return run(line.config, environment.PARLEY_SECRET);
    case "identity show":
      return showIdentity(line.config, environment.PARLEY_SECRET);
    case "identity join":
      return join(line.config);
    case "identity rotate":
      return rotateIdentity(line.config, environment.PARLEY_SECRET, line.options.compromised === true);
    case "doctor":
      return examine(line.config, line.options.url, environment.PARLEY_SECRET);
    case "backup":
    case "restore":
      return backUp(line.command, line.config, line.options, environment);
    default:
      throw new Error(`Nobody does ${line.command}`);
  }
}

async function init(args: readonly string[]): Promise<number> {
  const { runInit } = await import("./init/init.ts");
  const { stdin: input, stdout: output } = process;
  return runInit(args, { say, terminal: input.isTTY === true ? { input, output } : null });
}

async function performWorker(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const line = parseCommandLine(args, environment);
  if (line.command !== "run") throw new ConfigError("A worker only runs.");
  return runWorker(line.config, environment.PARLEY_SECRET);
}

async function run(config: Config, secret: string | undefined): Promise<number> {
  const signalled = nextSignal();
  process.once("uncaughtException", crash);
  const { createNode } = await import("./node.ts");
  const node = await createNode(config, { secret });
  letHeapGrow();
  say(banner(node, config));
  await signalled;
  say("Stopping.\n");
  const hurry = new AbortController();
  void nextSignal().then(() => hurry.abort());
  await node.drain(hurry.signal);
  await node.stop();
  return 0;
}

/** Several nodes, each in a process that this one forks. */
async function runWorkers(config: Config, args: readonly string[]): Promise<number> {
  process.once("uncaughtException", crash);
  const { runPrimary } = await import("./workers/primary.ts");
  // It keeps the embedded store for all of them.
  letHeapGrow();
  return runPrimary({ config, args, nextSignal, say });
}

/** One of them. Whoever signals it alone gets another one in its place. */
async function runWorker(given: Config, secret: string | undefined): Promise<number> {
  // Ctrl+C reaches it as well as the first process, which says how it goes on.
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
  });
  process.once("uncaughtException", crash);
  const [{ createNode }, { beginWorker }] = await Promise.all([
    import("./node.ts"),
    import("./workers/worker-life.ts"),
  ]);
  const { place, config, stopped, hurry, ready, end } = await beginWorker(given);
  try {
    const node = await createNode(config, { secret, worker: place });
    letHeapGrow();
    ready(banner(node, config));
    await Promise.race([signalled, stopped]);
    await node.drain(hurry);
    await node.stop();
    return 0;
  } finally {
    await end();
  }
}

/** Somebody wants the process to end. The second time they are in a hurry, and the third time the system ends it. */
function nextSignal(): Promise<void> {
  const signals = ["SIGINT", "SIGTERM"] as const;
  return new Promise((resolve) => {
    const hear = () => {
      for (const signal of signals) process.off(signal, hear);
      resolve();
    };
    for (const signal of signals) process.on(signal, hear);
  });
}

/** A bug: nothing says in what state it left things. Its words may quote content, so only class and place are shown. */
function crash(error: unknown): void {
  process.stderr.write(`${JSON.stringify({ crashed: describeError(error) })}\n`);
  process.exit(1);
}

async function showIdentity(config: Config, secret: string | undefined): Promise<number> {
  const { readIdentity } = await import("./identity/read-identity.ts");
  const identity = await readIdentity(config, secret);
  say(`${identity.shortCode}\n${identity.fingerprint}\n`);
  return 0;
}

async function join(config: Config): Promise<number> {
  const { joinIdentity } = await import("./identity/server-identity.ts");
  const aside = await joinIdentity(config.data, Date.now());
  say(
    aside === null
      ? "This node has no identity of its own; it takes the store's when it starts.\n"
      : `Moved to ${aside}; the node takes the store's identity when it starts.\n`,
  );
  return 0;
}

async function rotateIdentity(config: Config, secret: string | undefined, compromised: boolean): Promise<number> {
  const { replaceIdentity } = await import("./identity/read-identity.ts");
  const identity = await replaceIdentity(config, secret, compromised);
  say(`The server is now\n\n${identity.shortCode}\n${identity.fingerprint}\n\n`);
  say("Start every node again: until then it shows the old identity.\n");
  say(
    compromised
      ? "Nothing leads from the old key to this one: every client stops and asks its person to compare the code.\n"
      : "Clients follow by themselves and tell their people.\n",
  );
  return 0;
}

async function backUp(
  command: "backup" | "restore",
  config: Config,
  options: CommandOptions,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const { runBackup, runRestore } = await import("./backup/run-backup.ts");
  const run = command === "backup" ? runBackup : runRestore;
  const told = await run(config, {
    folder: resolve(String(options.to ?? options.from)),
    passphraseFile: String(options["passphrase-file"] ?? ""),
    identityPassphraseFile: String(options["identity-passphrase-file"] ?? ""),
    environment,
  });
  say(told);
  return 0;
}

async function examine(config: Config, url: string | boolean | undefined, secret: string | undefined): Promise<number> {
  if (typeof url === "string" && !/^https?:\/\/[^/?#@\s]+\/?$/.test(url)) {
    throw new ConfigError("--url is the address that people open, such as https://chat.example.");
  }
  const [{ runDoctor }, { relaySecret }, { readIdentity }] = await Promise.all([
    import("./doctor/run-doctor.ts"),
    import("./open-relays.ts"),
    import("./identity/read-identity.ts"),
  ]);
  const order = {
    url: typeof url === "string" ? url : null,
    relaySecret: () => relaySecret(config),
    fingerprint: async () => {
      // A look makes no identity where there is none.
      if (!existsSync(resolve(config.data, "identity"))) return null;
      return readIdentity(config, secret).then(
        (identity) => identity.fingerprint,
        () => null,
      );
    },
  };
  return (await runDoctor(config, order, (text) => say(`${text}\n`))) ? 0 : 1;
}

async function administer(config: Config, order: AdminOrder): Promise<number> {
  const { sendOrder } = await import("./admin/send-order.ts");
  await sendOrder(config.data, order, (text) => say(`${text}\n`));
  return 0;
}

/** What an operator can put right is one line; anything else shows where it happened. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === "EADDRINUSE") {
    return "The port is taken: is Parley running already? --port chooses another.";
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
