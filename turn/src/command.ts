import { readFile } from "node:fs/promises";
import { checkRelay, type Finding } from "./check/check.ts";
import { parseTurnUrl } from "./credentials.ts";
import { type CheckOptions, helpText, listOf, numberOf, parseCommand, secretFileOf } from "./options.ts";
import { runCoturn } from "./run.ts";
import { readSecret } from "./secret-file.ts";
import { UsageError } from "./usage-error.ts";

const MARKS: Readonly<Record<Finding["outcome"], string>> = {
  ok: "ok       ",
  failed: "FAILED   ",
  warning: "warning  ",
  unproven: "not shown",
};

/** `npm run turn`. Answers the exit code. */
export async function runCommand(args: readonly string[], say: (text: string) => void): Promise<number> {
  try {
    const command = parseCommand(args);
    switch (command.do) {
      case "help":
        say(helpText());
        return 0;
      case "run":
        return await runCoturn(command.options, say);
      case "check":
        return (await check(command.options, say)) ? 0 : 1;
    }
  } catch (error) {
    if (!isForPeople(error)) throw error;
    say(error.message);
    return 1;
  }
}

async function check(options: CheckOptions, say: (text: string) => void): Promise<boolean> {
  const urls = listOf(options.server).map(parseTurnUrl);
  if (urls.length === 0) throw new UsageError("What to test? --server turn:host:3478");
  const good = await checkRelay({
    urls,
    secret: await readSecret(secretFileOf(options)),
    now: Date.now,
    patienceMs: numberOf(options.patience, "patience") * 1000,
    ...(options.ca === "" ? {} : { ca: await readFile(options.ca, "utf8") }),
    tell: ({ outcome, text }) => say(`${MARKS[outcome]} ${text}`),
  });
  say(good ? "The relay works as far as this machine can tell." : "The relay does not work as it should.");
  return good;
}

/** What was typed wrongly, or a file that cannot be read: the message is enough. */
function isForPeople(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof SyntaxError || (error instanceof Error && "syscall" in error);
}
