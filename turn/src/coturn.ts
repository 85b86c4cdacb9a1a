import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeniedPeer } from "./peers.ts";

export const TEMPLATE_FILE = fileURLToPath(new URL("../../turnserver.conf.template", import.meta.url));

/** The user that Debian's package makes, which owns nothing else. */
const OWN_USER = "turnserver";

export const HOW_TO_INSTALL = `There is no program "turnserver" on the PATH. It is part of coturn:
  Debian, Ubuntu:  sudo apt install coturn
  Fedora:          sudo dnf install coturn
  Alpine:          sudo apk add coturn
  macOS:           brew install coturn
On Debian the package also starts a coturn of its own: sudo systemctl disable --now coturn`;

export function findCoturn(path = process.env.PATH ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "turnserver"))
    .find((file) => existsSync(file));
}

/** coturn needs no rights once it listens. Undefined where this is not root, or the user does not exist. */
export function ownUser(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync("/etc/passwd")) return undefined;
  return readFileSync("/etc/passwd", "utf8").includes(`\n${OWN_USER}:`) ? OWN_USER : undefined;
}

/** The addresses of this machine at which others may reach it, public ones first. */
export function reachableAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^(fe[89ab]|169\.254\.)/i.test(address))
    .map(({ address }) => address);
  return [...all.filter((address) => !isDeniedPeer(address)), ...all.filter(isDeniedPeer)];
}

/** coturn in the foreground. What it says goes where this process speaks. */
export function launchCoturn(program: string, configFile: string): ChildProcess {
  return spawn(program, ["-c", configFile], { stdio: ["ignore", "inherit", "inherit"] });
}
