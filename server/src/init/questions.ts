import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { checkedAddress, checkedCertificate, oneOf, REGISTRATIONS } from "./answers.ts";
import { InitError } from "./init-error.ts";
import type { InitOptions } from "./options.ts";

/** Somebody who answers the same wrongly so often does not read what is said. */
const TRIES_MAX = 5;

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** Asks for what the options leave open. Without a terminal nothing is asked, and what is missing is refused later. */
export async function askMissing(options: InitOptions, terminal: Terminal | null): Promise<InitOptions> {
  const missing = (["address", "certificate", "registration"] as const).filter((name) => options[name] === "");
  if (terminal === null || missing.length === 0) return options;
  // What is given already is looked at first: nobody should answer in vain.
  if (options.address !== "") checkedAddress(options.address);
  const lines = createInterface({ ...terminal, terminal: false });
  const closed = new AbortController();
  lines.once("close", () => closed.abort());
  const answers: Record<string, string> = {};
  const given = (name: (typeof missing)[number]) => answers[name] ?? options[name];
  const ask = async (
    name: (typeof missing)[number],
    text: string,
    byDefault: string,
    check: (text: string) => void,
  ) => {
    if (!missing.includes(name)) return;
    for (let left = TRIES_MAX; left > 0; left -= 1) {
      const question = `${text}\n${byDefault === "" ? "" : `[${byDefault}] `}> `;
      const said = await lines.question(question, { signal: closed.signal }).catch(() => {
        throw new InitError(`--${name} is missing: nobody answered.`);
      });
      const value = said.trim() === "" ? byDefault : said.trim();
      try {
        check(value);
        answers[name] = value;
        return;
      } catch (error) {
        if (!(error instanceof InitError) || left === 1) throw error;
        terminal.output.write(`${error.message}\n`);
      }
    }
  };
  try {
    await ask(
      "address",
      "Which address will people type? A name such as chat.example.org, or an IP address.",
      "",
      checkedAddress,
    );
    const address = checkedAddress(given("address"));
    await ask(
      "certificate",
      "Where does the certificate come from?\n" +
        "  acme        by itself, from Let's Encrypt; needs a public address, and ports 80 and 443\n" +
        "  selfsigned  made here; browsers warn once\n" +
        "  proxy       a proxy of yours, in front of all this, has one",
      address.public ? "acme" : "selfsigned",
      (text) => checkedCertificate(text, address),
    );
    await ask(
      "registration",
      "Who may make an account?\n" +
        "  invite      whom you or others invite\n" +
        "  open        everybody who gets there\n" +
        "  closed      nobody but you",
      "invite",
      (text) => oneOf("registration", text, REGISTRATIONS),
    );
  } finally {
    lines.close();
  }
  return { ...options, ...answers };
}
