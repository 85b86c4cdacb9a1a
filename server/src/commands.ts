/** Options that belong to commands and are no settings of the server. */
export const COMMAND_OPTIONS = {
  compromised: { type: "boolean" },
  to: { type: "string" },
  from: { type: "string" },
  "passphrase-file": { type: "string" },
  "identity-passphrase-file": { type: "string" },
} as const;
export type CommandOption = keyof typeof COMMAND_OPTIONS;
export type CommandOptions = Readonly<Partial<Record<CommandOption, string | boolean>>>;

interface CommandShape {
  /** Names of the words that follow it. */
  readonly words: readonly string[];
  readonly options: readonly CommandOption[];
  /** Of the options those that have to be there. */
  readonly needs: readonly CommandOption[];
  readonly description: string;
}

const command = (description: string, shape: Partial<CommandShape> = {}): CommandShape => ({
  ...{ words: [], options: [], needs: [], description },
  ...shape,
});

/** What the program can be told to do, besides to serve. The help text is made from this table. */
export const COMMANDS = {
  run: command("run the server"),
  "identity show": command("print the server's fingerprint"),
  "identity join": command("give up this node's own identity for that of its store"),
  "identity rotate": command(
    "make a new identity, to which clients follow; with --compromised they do not, and everybody verifies anew",
    { options: ["compromised"] },
  ),
  backup: command("everything into an empty folder, sealed, while the server runs", {
    options: ["to", "passphrase-file", "identity-passphrase-file"],
    needs: ["to"],
  }),
  restore: command("a backup into an empty store and data folder", {
    options: ["from", "passphrase-file", "identity-passphrase-file"],
    needs: ["from"],
  }),
} as const satisfies Record<string, CommandShape>;

export type Command = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as Command[];

export function isCommand(name: string): name is Command {
  return Object.hasOwn(COMMANDS, name);
}

/** `backup --to <folder> [options]` */
export function usageOf(name: Command): string {
  const { words, options, needs } = COMMANDS[name] as CommandShape;
  const own = options.map((option) => {
    const text = COMMAND_OPTIONS[option].type === "boolean" ? `--${option}` : `--${option} <…>`;
    return needs.includes(option) ? text : `[${text}]`;
  });
  return [...(name === "run" ? [] : [name]), ...words.map((word) => `<${word}>`), ...own, "[options]"].join(" ");
}
