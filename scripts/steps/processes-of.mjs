import { readdirSync, readFileSync } from "node:fs";

/** What each process that runs `file` is doing, in words, as Linux tells it: for one that does not end. */
export function processesOf(file) {
  const found = readdirSync("/proc").filter(
    (name) => /^\d+$/.test(name) && read(name, "cmdline").split("\0").includes(file),
  );
  return found.map((pid) => `${pid} ${busyOf(pid)} in ${read(pid, "wchan") || "its own code"}`).join(", ");
}

/** The third field of `stat`: the name before it may hold spaces. */
function busyOf(pid) {
  const stat = read(pid, "stat");
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return `${state === "R" ? "is busy" : "waits"} after ${(Number(fields[10]) + Number(fields[11])) / 100} s of CPU,`;
}

/** Empty when it has ended. */
function read(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}
