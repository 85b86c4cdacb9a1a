import { spawn } from "node:child_process";

/** Runs a compiled program of ours in place of this one: it has the terminal, and its exit code becomes this one's. */
export function runCompiled(program, args, say) {
  const child = spawn(process.execPath, ["--enable-source-maps", program, ...args], { stdio: "inherit" });
  child.once("error", (error) => {
    say(error.message);
    process.exitCode = 1;
  });
  // A terminal's Ctrl+C reaches the child by itself; this process only has to outlive it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.once("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}
