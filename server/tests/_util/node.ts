import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Config, createConfig } from "../../src/config.ts";
import { createNode, type NodeParts, type ParleyNode } from "../../src/node.ts";
import { temporaryFolder } from "./folder.ts";
import { Waits, within } from "./patience.ts";

export interface TestNode extends ParleyNode {
  readonly data: string;
  /** Address of the socket. */
  readonly wsUrl: string;
}

/** Many people of a test register from one address. */
const REGISTRATIONS = 100_000;

/**
 * A whole node in this process, on a free port, with a data folder of its own, which goes when it stops; a folder
 * that is handed in stays.
 */
export async function startNode(settings: Partial<Config> = {}, parts: NodeParts = {}): Promise<TestNode> {
  const data = settings.data ?? (await temporaryFolder());
  const config = createConfig({ port: 0, logLevel: "silent", registrationBurst: REGISTRATIONS, ...settings, data });
  const node = await createNode(config, parts);
  return {
    ...node,
    data,
    wsUrl: `${node.url.replace(/^http/, "ws")}/ws`,
    async stop() {
      await node.stop();
      if (settings.data === undefined) await rm(data, { recursive: true, force: true });
    },
  };
}

export interface SpawnedServer {
  /** `http://127.0.0.1:41234` */
  readonly url: string;
  readonly wsUrl: string;
  readonly pid: number;
  /** Everything printed so far, standard error included. */
  output(): string;
  /** Resolves when it has printed a text so many times. */
  prints(text: string, times: number): Promise<void>;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<unknown>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL: no drain, no goodbye. */
  kill(): Promise<void>;
}

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));

/** The server as a process of its own, ready to be killed. Add `--data`, or it starts in a fresh folder. */
export async function spawnServer(
  args: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<SpawnedServer> {
  const folder = args.includes("--data") ? [] : ["--data", await temporaryFolder()];
  const port = args.includes("--port") ? [] : ["--port", "0"];
  const child = spawn(process.execPath, ["--enable-source-maps", MAIN, ...port, ...folder, ...args], {
    env: { ...process.env, PARLEY_REGISTRATION_BURST: String(REGISTRATIONS), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: string[] = [];
  const waits = new Waits();
  child.stderr.on("data", (chunk: Buffer) => {
    printed.push(chunk.toString());
    waits.wake();
  });
  const url = await within(printedAddress(child, printed), () => `an address; printed:\n${printed.join("")}`);
  const exited = once(child, "exit");
  return {
    url,
    wsUrl: `${url.replace(/^http/, "ws")}/ws`,
    pid: child.pid ?? 0,
    exited,
    output: () => printed.join(""),
    prints: (text, times) =>
      waits.until(
        () => printed.join("").split(text).length > times,
        () => `${text} to be printed ${times} times; printed:\n${printed.join("")}`,
      ),
    async stop() {
      child.kill("SIGTERM");
      const [code] = (await exited) as [number | null];
      return code;
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Servers of one deployment. */
export function spawnServers(count: number, args: readonly string[]): Promise<SpawnedServer[]> {
  const secret = randomBytes(32).toString("base64url");
  return Promise.all(Array.from({ length: count }, () => spawnServer(args, { PARLEY_SECRET: secret })));
}

/** The first line of the banner: `Parley  http://...`. */
function printedAddress(child: ChildProcess, printed: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error("no standard output");
    createInterface({ input: child.stdout }).on("line", (line) => {
      printed.push(`${line}\n`);
      const url = /^Parley\s+(https?:\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}:\n${printed.join("")}`)));
  });
}
