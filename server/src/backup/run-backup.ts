import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Config, ConfigError } from "../config.ts";
import { deploymentSecret } from "../identity/deployment-secret.ts";
import { readIfThere } from "../identity/private-file.ts";
import { createLog } from "../log.ts";
import { openWholeObjects } from "../objects/open-objects.ts";
import type { WholeObjects } from "../objects/whole-objects.ts";
import { systemClock, systemRandom } from "../platform.ts";
import { storeLocation } from "../store/location.ts";
import { openDump } from "../store/open-dump.ts";
import { openStore, openStoreInWorker } from "../store/open-store.ts";
import { isRedisUrl } from "../store/redis/url.ts";
import { VERSION } from "../version.ts";
import { makeBackup } from "./backup.ts";
import { BackupFolder, type BackupHead } from "./backup-folder.ts";
import { PASSPHRASE_MIN, unwrapKey } from "./backup-keys.ts";
import { readPrivateFiles, refuseOtherSecret, type SecretPlace, writePrivateFiles } from "./private-files.ts";
import { isEmpty, openPrivateFiles, restoreBackup } from "./restore.ts";
import { Damaged } from "./sealed-stream.ts";

/** What the command line and the environment say besides the settings of the server. */
export interface BackupOrder {
  readonly folder: string;
  /** Empty: in the environment. */
  readonly passphraseFile: string;
  /** Empty: the same passphrase. */
  readonly identityPassphraseFile: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Answers what the operator is told. */
export async function runBackup(config: Config, order: BackupOrder): Promise<string> {
  const place = secretPlace(config, order.environment);
  const { passphrase, identityPassphrase } = await passphrases(order);
  const folder = new BackupFolder(order.folder);
  const location = storeLocation(config);
  if (config.store === "" && !(await isThere(join(location, "data.mdb")))) {
    throw new ConfigError(`There is no store in ${config.data}.`);
  }
  const privateFiles = await readPrivateFiles(place);
  await inWords(folder.create());
  const [dump, objects] = await Promise.all([inWords(openDump(location, systemClock)), openObjects(config, place)]);
  // A snapshot needs no mark, and a second process writes nothing into a folder.
  const store = isRedisUrl(location) ? await openStoreInWorker({ location, clock: systemClock }) : null;
  try {
    const parts = { folder, dump, store, objects, privateFiles, passphrase, identityPassphrase };
    const head = await makeBackup({ ...parts, version: VERSION, clock: systemClock });
    return `The backup is in ${folder.path}.\n${contentsOf(head)}`;
  } catch (error) {
    // Half a backup is worth nothing, and the folder was empty before.
    await folder.remove();
    throw error;
  } finally {
    await Promise.allSettled([dump.close(), objects.close(), store?.close()]);
  }
}

/** Into an empty place, which the settings name as they do for a server. Answers what the operator is told. */
export async function runRestore(config: Config, order: BackupOrder): Promise<string> {
  const place = secretPlace(config, order.environment);
  const { passphrase, identityPassphrase } = await passphrases(order);
  const folder = new BackupFolder(order.folder);
  const location = storeLocation(config);
  const head = await inWords(folder.readHead());
  const key = await inWords(unwrapKey(passphrase, head.key));
  const privateFiles = await inWords(openPrivateFiles(folder, head, identityPassphrase));
  await refuseOtherSecret(place, privateFiles);
  await requireEmpty(location);
  await writePrivateFiles(place, privateFiles);
  const { allowVolatile } = config;
  const store = await inWords(openStore({ location, clock: systemClock, random: systemRandom, allowVolatile }));
  const objects = await openObjects(config, place);
  try {
    await inWords(restoreBackup({ folder, head, key, store: store.kv, objects, now: systemClock.now() }));
  } finally {
    await objects.close();
    await store.kv.close();
  }
  return [
    `The backup of ${new Date(head.beganAt).toISOString()} is in ${store.description} now.`,
    contentsOf(head),
    "Start the server with the same settings. Clients notice that it is a restored one, and send again what it lacks.\n",
  ].join("\n");
}

async function requireEmpty(location: string): Promise<void> {
  const dump = await inWords(openDump(location, systemClock));
  try {
    if (!(await isEmpty(dump))) {
      throw new ConfigError("The store is not empty. A backup is restored into an empty one: nothing is overwritten.");
    }
  } finally {
    await dump.close();
  }
}

async function openObjects(config: Config, place: SecretPlace): Promise<WholeObjects> {
  return openWholeObjects({
    settings: config,
    data: config.data,
    deploymentSecret: await deploymentSecret({ ...place }),
    clock: systemClock,
    random: systemRandom,
    log: createLog(config.logLevel).of("objects"),
  });
}

function secretPlace({ data, secretFile }: Config, environment: NodeJS.ProcessEnv): SecretPlace {
  return { data, secretFile, fromEnvironment: environment.PARLEY_SECRET };
}

async function passphrases({ passphraseFile, identityPassphraseFile, environment }: BackupOrder) {
  const passphrase = await passphraseOf("passphrase-file", passphraseFile, environment.PARLEY_BACKUP_PASSPHRASE);
  if (passphrase === null) {
    throw new ConfigError("A backup is sealed: give --passphrase-file, or PARLEY_BACKUP_PASSPHRASE.");
  }
  const other = environment.PARLEY_BACKUP_IDENTITY_PASSPHRASE;
  const identity = await passphraseOf("identity-passphrase-file", identityPassphraseFile, other);
  return { passphrase, identityPassphrase: identity ?? passphrase };
}

async function passphraseOf(flag: string, file: string, fromEnvironment: string | undefined): Promise<string | null> {
  const text = file === "" ? fromEnvironment : await readIfThere(file);
  if (text === null) throw new ConfigError(`--${flag} ${file}: there is no such file.`);
  const passphrase = (text ?? "").trim();
  if (passphrase === "" && file === "") return null;
  if (passphrase.length < PASSPHRASE_MIN) {
    throw new ConfigError(`The passphrase of a backup has at least ${PASSPHRASE_MIN} characters (--${flag}).`);
  }
  return passphrase;
}

function contentsOf({ counts, store, beganAt, endedAt }: BackupHead): string {
  const { keys, messages, files, fileBytes, missing } = counts;
  const lines = [
    `${keys} keys, ${messages} entries of chats, ${files} files of ${fileBytes} bytes; it took ${Math.ceil((endedAt - beganAt) / 1000)} s.`,
    store === "snapshot"
      ? "It is the state of one moment."
      : "It holds everything that was acknowledged when it began, and some of what came while it was made.",
  ];
  if (missing > 0) {
    lines.push(`${missing} files are in no object store any more: their messages will say that they are gone.`);
  }
  return `${lines.join("\n")}\n`;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** What the operator can put right is told without a stack. */
async function inWords<T>(attempt: Promise<T>): Promise<T> {
  return attempt.catch((error: unknown) => {
    if (error instanceof Damaged)
      throw new ConfigError(`The backup cannot be used: ${error.message}.`, { cause: error });
    if (error instanceof ConfigError || !(error instanceof Error)) throw error;
    throw new ConfigError(error.message, { cause: error });
  });
}
