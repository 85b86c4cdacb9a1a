import { lookup } from "node:dns/promises";
import { mkdir } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { reachableAddresses, UsageError } from "@parley/turn/relay-config";
import { ConfigError } from "../config.ts";
import { type Answers, checkAnswers } from "./answers.ts";
import { CLONE, type Owner, renderDeployment } from "./deployment.ts";
import { InitError } from "./init-error.ts";
import { initHelp, parseInitOptions } from "./options.ts";
import { askMissing, type Terminal } from "./questions.ts";
import { planRelay, type Relay, relayPorts, type Surroundings } from "./relay.ts";
import { ensureSecrets } from "./secrets.ts";
import { writeDeployment } from "./write-deployment.ts";

/** What containers run as where root prepares the machine: nobody else's number. */
const OWN_ID = 10_001;

export interface InitParts {
  readonly say: (text: string) => void;
  /** Null: nobody is there to be asked. */
  readonly terminal: Terminal | null;
  readonly around?: Surroundings;
}

/** `parley init`. Answers the exit code; what is wrong with the answers is said in a line. */
export async function runInit(args: readonly string[], { say, terminal, around = surroundings() }: InitParts) {
  try {
    const options = parseInitOptions(args);
    if (options === null) {
      say(`${initHelp()}\n`);
      return 0;
    }
    const answers = checkAnswers(await askMissing(options, terminal));
    const relay = answers.calls === null ? null : await planRelay(answers.calls, answers.address, around);
    await mkdir(answers.folder, { recursive: true, mode: 0o700 });
    const owner = containerOwner();
    const files = await renderDeployment(answers, await ensureSecrets(answers.folder), relay, owner);
    await writeDeployment(answers.folder, files, owner, answers.force);
    say(nextSteps(answers, relay));
    return 0;
  } catch (error) {
    if (!(error instanceof InitError || error instanceof UsageError || error instanceof ConfigError)) throw error;
    say(`${error.message}\n`);
    return 1;
  }
}

function containerOwner(): Owner {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return uid === 0 ? { uid: OWN_ID, gid: OWN_ID } : { uid, gid };
}

function surroundings(): Surroundings {
  return {
    addresses: reachableAddresses(),
    networks: Object.values(networkInterfaces()).flatMap((all) => all ?? []),
    lookUp: async (name) => {
      const found = await lookup(name, { all: true }).catch(() => []);
      return found.map(({ address }) => address);
    },
  };
}

function nextSteps(answers: Answers, relay: Relay | null): string {
  const { address, certificate, folder } = answers;
  const web = certificate === "proxy" ? [] : ["TCP 80 and 443"];
  const ports = [...web, ...(relay === null ? [] : [relayPorts(relay)])];
  const proxy =
    certificate === "proxy"
      ? [
          "Let your proxy send what comes for this address to 127.0.0.1:7780, and paths below /parley-files/ to",
          "127.0.0.1:9000, as in deploy/proxies.",
        ]
      : [];
  return [
    `Everything is in ${folder}. Its secrets are in secrets/: keep a copy where nobody else gets it.`,
    "",
    ...(ports.length === 0 ? [] : [`Open in the firewall: ${ports.join(", ")}.`]),
    ...proxy,
    "Then start it:",
    "",
    `  cd ${folder.includes(" ") ? `"${folder}"` : folder} && docker compose up --detach${CLONE === undefined ? "" : " --build"}`,
    "",
    `and make your account with the link that \`docker compose logs parley\` shows, at https://${address.urlHost}`,
    "",
  ].join("\n");
}
