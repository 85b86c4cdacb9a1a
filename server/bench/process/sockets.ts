import { readdirSync, readlinkSync } from "node:fs";

/** Sockets that the process has open: how a connection behind a common port is found in the process that got it. */
export function socketsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => isSocket(`/proc/${pid}/fd/${fd}`)).length;
}

/** False for what was closed while we read. */
function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith("socket:");
  } catch {
    return false;
  }
}
