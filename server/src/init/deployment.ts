import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type CoturnSettings, renderCoturnConfig, TEMPLATE_FILE } from "@parley/turn/relay-config";
import { parseCommandLine } from "../config.ts";
import type { Answers } from "./answers.ts";
import { renderCaddyfile } from "./caddyfile.ts";
import { fillIn } from "./fill-in.ts";
import type { Relay } from "./relay.ts";
import type { Secrets } from "./secrets.ts";

/** The files that all deployments have in common. */
const DEPLOY_FOLDER = fileURLToPath(new URL("../../../../deploy", import.meta.url));
const SOURCE_FOLDER = resolve(fileURLToPath(new URL("../../../..", import.meta.url)));
/** What the image is built from; undefined where this runs in the image itself, or from an archive. */
export const CLONE = existsSync(join(SOURCE_FOLDER, "scripts")) ? SOURCE_FOLDER : undefined;

/** Of the containers among themselves; whoever speaks from there is the proxy. */
const SUBNET = "172.31.77.0/24";
/** Also the first part of the path of every file's address, so nothing that the web app uses. */
const BUCKET = "parley-files";
const OBJECTS_USER = "parley";

export interface DeploymentFile {
  readonly name: string;
  readonly text: string;
  /** It holds a secret: mode 0600. */
  readonly secret: boolean;
}

/** Folders below that of the deployment, each one's data. */
export const DATA_FOLDERS = ["data/parley", "data/pika", "data/minio", "data/caddy"] as const;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** All files of a deployment, in line with each other. */
export async function renderDeployment(
  answers: Answers,
  secrets: Secrets,
  relay: Relay | null,
  owner: Owner,
): Promise<DeploymentFile[]> {
  const server = serverSettings(answers, secrets, relay);
  // The server's own word on whether it would start with these.
  parseCommandLine([], server);
  const shared = (name: string) => readFile(join(DEPLOY_FOLDER, name), "utf8");
  const coturn: CoturnSettings | null = relay === null ? null : { ...relay, secret: secrets.turn };
  return [
    { name: "compose.yml", secret: false, text: await shared("compose.yml") },
    { name: ".env", secret: false, text: envFile(COMPOSE_HEAD, composeSettings(answers, relay, owner)) },
    { name: "parley.env", secret: true, text: envFile(PARLEY_HEAD, server) },
    { name: "minio.env", secret: true, text: envFile(MINIO_HEAD, objectSettings(secrets)) },
    { name: "pika.conf", secret: true, text: fillIn(await shared("pika.conf"), { password: secrets.store }) },
    ...(answers.certificate === "proxy"
      ? []
      : [
          {
            name: "Caddyfile",
            secret: false,
            text: renderCaddyfile(await shared("Caddyfile.template"), answers, BUCKET),
          },
        ]),
    ...(coturn === null
      ? []
      : [
          {
            name: "turnserver.conf",
            secret: true,
            text: renderCoturnConfig(await readFile(TEMPLATE_FILE, "utf8"), coturn),
          },
        ]),
  ];
}

const PARLEY_HEAD = "Settings of the Parley server; `parley --help` tells what each one is.";
const COMPOSE_HEAD = "What compose.yml leaves open. Docker Compose reads this file by itself.";
const MINIO_HEAD = "Keys of the object store, the same as in parley.env.";

function serverSettings(answers: Answers, secrets: Secrets, relay: Relay | null): Record<string, string> {
  const { address } = answers;
  return {
    PARLEY_NAME: answers.name,
    PARLEY_REGISTRATION: answers.registration,
    PARLEY_HOST: "0.0.0.0",
    PARLEY_PORT: "7780",
    PARLEY_DATA: "/data",
    PARLEY_SECRET: secrets.deployment,
    PARLEY_STORE: `redis://:${secrets.store}@pika:9221/0`,
    PARLEY_OBJECTS_ENDPOINT: "http://minio:9000",
    PARLEY_OBJECTS_PUBLIC_ENDPOINT: `https://${address.urlHost}`,
    PARLEY_OBJECTS_BUCKET: BUCKET,
    PARLEY_OBJECTS_ACCESS_KEY: OBJECTS_USER,
    PARLEY_OBJECTS_SECRET_KEY: secrets.objects,
    PARLEY_TRUSTED_PROXIES: SUBNET,
    ...(relay === null
      ? {}
      : { PARLEY_TURN: `turn:${address.urlHost}:${relay.port}`, PARLEY_TURN_SECRET: secrets.turn }),
  };
}

function objectSettings(secrets: Secrets): Record<string, string> {
  return { MINIO_ROOT_USER: OBJECTS_USER, MINIO_ROOT_PASSWORD: secrets.objects };
}

function composeSettings(answers: Answers, relay: Relay | null, owner: Owner): Record<string, string> {
  const profiles = [...(answers.certificate === "proxy" ? [] : ["tls"]), ...(relay === null ? [] : ["calls"])];
  return {
    COMPOSE_PROJECT_NAME: "parley",
    COMPOSE_PROFILES: profiles.join(","),
    PARLEY_ADDRESS: answers.address.host,
    PARLEY_SUBNET: SUBNET,
    PARLEY_UID: String(owner.uid),
    PARLEY_GID: String(owner.gid),
    ...(CLONE === undefined ? {} : { PARLEY_SOURCE: CLONE }),
  };
}

function envFile(head: string, settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  return `# ${head}\n# Made by \`parley init\`.\n${lines.join("")}`;
}
