import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Waits } from "./patience.ts";

/** The files that ship, seen from the compiled tests. */
export const DEPLOY = fileURLToPath(new URL("../../../../deploy", import.meta.url));

export interface Program {
  readonly folder: string;
  printed(): string;
  /** Resolves when it has printed this; throws when it ends before. */
  says(pattern: RegExp): Promise<void>;
  /** The exit code, or the signal that ended it. */
  ended(): Promise<number | string>;
  stop(): Promise<void>;
}

/** A program of the system that runs until the test stops it, with a folder of its own. */
export async function startProgram(
  name: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  folder?: string,
): Promise<Program> {
  const place = folder ?? (await mkdtemp(join(tmpdir(), `parley-${name}-`)));
  const env = { ...process.env, HOME: place, ...environment };
  const child: ChildProcess = spawn(name, args, { cwd: place, env, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  const waits = new Waits();
  const keep = (chunk: Buffer) => {
    printed += chunk.toString();
    waits.wake();
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  let ended = false;
  const exit = once(child, "close").finally(() => {
    ended = true;
    waits.wake();
  });
  exit.catch(() => {});
  return {
    folder: place,
    printed: () => printed,
    ended: async () => {
      const [code, signal] = await exit;
      return code ?? signal;
    },
    async says(pattern) {
      await waits.until(
        () => pattern.test(printed) || ended,
        () => `${name} to print ${pattern}; it printed:\n${printed}`,
      );
      if (!pattern.test(printed)) throw new Error(`${name} ended:\n${printed}`);
    },
    async stop() {
      child.kill("SIGKILL");
      await exit.catch(() => {});
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** Throws with what it printed, where it ends with anything but 0. */
export async function runProgram(name: string, args: readonly string[]): Promise<void> {
  const program = await startProgram(name, args);
  try {
    const code = await program.ended();
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${program.printed()}`);
  } finally {
    await program.stop();
  }
}

/** A configuration that ships, with some of its words replaced; each must be there, or the test would look at something else. */
export function withWords(text: string, words: Readonly<Record<string, string>>): string {
  let changed = text;
  for (const [from, to] of Object.entries(words)) {
    if (!changed.includes(from)) throw new Error(`There is no ${JSON.stringify(from)} in\n${text}`);
    changed = changed.replaceAll(from, to);
  }
  return changed;
}

export const shipped = (name: string) => readFile(join(DEPLOY, name), "utf8");

/** nginx with this file of a site, in one process of this user. */
export async function startNginx(folder: string, site: string): Promise<Program> {
  await mkdir(join(folder, "tmp"), { recursive: true });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, "tmp", name)};`,
  );
  const http = `http { access_log off; ${temporary.join(" ")} include ${join(folder, "site.conf")}; }`;
  await writeFile(join(folder, "site.conf"), site);
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${join(folder, "pid")}; error_log stderr notice; events {} ${http}`,
  );
  const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
  await runProgram("nginx", [...args, "-t"]);
  const nginx = await startProgram("nginx", args, {}, folder);
  await nginx.says(/start worker process|using the "epoll" event method[\s\S]*getrlimit/);
  return nginx;
}

export async function startCaddy(folder: string, caddyfile: string, environment = {}): Promise<Program> {
  await writeFile(join(folder, "Caddyfile"), caddyfile);
  const args = ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"];
  const places = { XDG_DATA_HOME: join(folder, "data"), XDG_CONFIG_HOME: join(folder, "config") };
  const caddy = await startProgram("caddy", args, { ...places, ...environment }, folder);
  await caddy.says(/serving initial configuration/);
  return caddy;
}

/** Ports that nobody has at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
