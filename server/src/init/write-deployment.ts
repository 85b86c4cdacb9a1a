import { chmod, chown, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere } from "../identity/private-file.ts";
import { DATA_FOLDERS, type DeploymentFile, type Owner } from "./deployment.ts";
import { InitError } from "./init-error.ts";
import { SECRET_NAMES, SECRETS_FOLDER } from "./secrets.ts";

/** Names of the files that are there and differ, which only `--force` replaces. */
export async function differing(folder: string, files: readonly DeploymentFile[]): Promise<string[]> {
  const there = await Promise.all(files.map(({ name }) => readIfThere(join(folder, name))));
  return files.filter(({ text }, at) => there[at] !== null && there[at] !== text).map(({ name }) => name);
}

/** Throws an `InitError`, before anything is written, where that would replace what somebody may have changed. */
export async function writeDeployment(
  folder: string,
  files: readonly DeploymentFile[],
  owner: Owner,
  force: boolean,
): Promise<void> {
  const changed = await differing(folder, files);
  if (changed.length > 0 && !force) {
    throw new InitError(
      `${folder} has ${changed.join(", ")} with other content. --force replaces them; secrets and data stay.`,
    );
  }
  for (const name of DATA_FOLDERS) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  for (const file of files) await replace(join(folder, file.name), file);
  if (process.getuid?.() === 0) await handOver(folder, files, owner);
}

/** The file is whole at any time, and its mode is right before anything is in it. */
async function replace(path: string, { text, secret }: DeploymentFile): Promise<void> {
  const mode = secret ? 0o600 : 0o644;
  const draft = `${path}.new`;
  await writeFile(draft, "", { mode });
  await chmod(draft, mode);
  await writeFile(draft, text, { flush: true });
  await rename(draft, path);
}

/** Made by root, and read by containers that are not. */
async function handOver(folder: string, files: readonly DeploymentFile[], { uid, gid }: Owner): Promise<void> {
  const names = [
    ...files.map(({ name }) => name),
    ...DATA_FOLDERS,
    "data",
    SECRETS_FOLDER,
    ...SECRET_NAMES.map((name) => `${SECRETS_FOLDER}/${name}`),
  ];
  for (const name of names) await chown(join(folder, name), uid, gid);
  await chown(folder, uid, gid);
}
