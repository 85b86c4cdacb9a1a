/** Options that belong to commands and are no settings of the server. */
export const COMMAND_OPTIONS = {
  compromised: { type: "boolean" },
  to: { type: "string" },
  from: { type: "string" },
  "passphrase-file": { type: "string" },
  "identity-passphrase-file": { type: "string" },
  yes: { type: "boolean" },
  uses: { type: "string" },
  days: { type: "string" },
  url: { type: "string" },
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
  doctor: command("look for what is wrong with these settings and, with --url, with what people meet there", {
    options: ["url"],
  }),
  "admin users": command("list the accounts; this and what follows is done by the server that runs on --data"),
  "admin user": command("say what there is about somebody", { words: ["handle"] }),
  "admin disable": command("end all sessions of somebody, and let nobody sign in as them", { words: ["handle"] }),
  "admin enable": command("let them sign in again", { words: ["handle"] }),
  "admin delete-user": command("delete an account for good", { words: ["handle"], options: ["yes"] }),
  "admin sessions": command("list where somebody is signed in", { words: ["handle"] }),
  "admin end-sessions": command("sign somebody out everywhere", { words: ["handle"] }),
  "admin invites": command("list the owner's invites"),
  "admin invite": command("make one, for a number of people and days", { options: ["uses", "days"] }),
  "admin revoke-invite": command("take one back", { words: ["code"] }),
  "admin groups": command("list the groups"),
  "admin group": command("say what there is about one", { words: ["id"] }),
  "admin delete-group": command("delete one for all its members", { words: ["id"], options: ["yes"] }),
  "admin statistics": command("count users, chats, messages and files"),
  "admin retention": command("say how long what is kept"),
} as const satisfies Record<string, CommandShape>;

export type Command = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as Command[];

/** `users` of `admin users`; null for other commands. */
export function adminDeedOf(name: Command): string | null {
  return name.startsWith("admin ") ? name.slice("admin ".length) : null;
}

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
