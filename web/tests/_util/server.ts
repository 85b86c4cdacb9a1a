import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "./within.ts";

const MAIN = fileURLToPath(new URL("../../../../server/dist/src/main.js", import.meta.url));
const CLOCKED = fileURLToPath(new URL("../../../../server/dist/tests/_util/clocked-process.js", import.meta.url));

/** A real server as a process of its own. It can go away and come back at the same address, with the same data. */
export class Server {
  /** The folder with everything that the server keeps. */
  readonly data: string;
  readonly #program: string;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;
  #ownerCode: string | undefined;
  #moved: () => void = () => {};
  url = "";

  private constructor(data: string, program: string, args: readonly string[]) {
    this.data = data;
    this.#program = program;
    this.#args = args;
  }

  static async start(...args: readonly string[]): Promise<Server> {
    return Server.#start(MAIN, args);
  }

  /** One whose clock `forward` moves. */
  static async startClocked(...args: readonly string[]): Promise<Server> {
    return Server.#start(CLOCKED, args);
  }

  static async #start(program: string, args: readonly string[]): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), "parley-web-")), program, args);
    await server.up();
    return server;
  }

  get port(): string {
    return new URL(this.url).port;
  }

  /** The same server by a name that is not this machine's own: to a browser an insecure page. */
  get insecureUrl(): string {
    return `http://chat.test:${this.port}`;
  }

  /** Makes who registers there the owner; told by the first start. */
  get ownerUrl(): string {
    return `${this.url}/#owner=${this.#ownerCode}`;
  }

  get wsUrl(): string {
    return `${this.url.replace(/^http/, "ws")}/ws`;
  }

  async up(): Promise<void> {
    const port = this.url === "" ? "0" : this.port;
    const args = ["--enable-source-maps", this.#program, "--data", this.data, "--port", port, ...this.#args];
    const child = spawn(process.execPath, args, {
      // Many people of a test register from one address.
      env: { ...process.env, PARLEY_REGISTRATION_BURST: "100000" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    const told = new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.#ownerCode ??= /#owner=(\w+)/.exec(line)?.[1];
        const url = /^Parley\s+(https?:\S+)/.exec(line)?.[1];
        if (url !== undefined) resolve(url);
        if (line === "forward") this.#moved();
      });
      child.once("exit", (code) => reject(new Error(`The server ended with ${code}.`)));
    });
    this.url = await within("the server to say its address", told);
  }

  /** So much time has passed at the server; nobody else has noticed. */
  async forward(ms: number): Promise<void> {
    const moved = new Promise<void>((resolve) => {
      this.#moved = resolve;
    });
    this.#child?.stdin?.write(`${ms}\n`);
    await within("the server's clock to move", moved);
  }

  /** Without a goodbye, as a crash or a pulled plug. */
  async down(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async remove(): Promise<void> {
    await this.down();
    await rm(this.data, { recursive: true, force: true });
  }

  /** What makes the server another one to its clients. */
  async forgetIdentity(): Promise<void> {
    await rm(join(this.data, "identity"), { recursive: true, force: true });
  }
}
