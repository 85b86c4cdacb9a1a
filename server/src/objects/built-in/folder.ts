import { createHash, randomBytes } from "node:crypto";
import { copyFile, type FileHandle, link, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Description, describe, seal } from "./sealed-file.ts";

/** One of several processes that serve the same folder: each has places of its own for what is half done. */
export interface FolderShare {
  /** From 1, at most `of`. */
  readonly number: number;
  readonly of: number;
  /** Nobody else is there yet: what earlier lives of all of them left is cleared, too. */
  readonly first: boolean;
}

const SHARED = ["objects", "uploads", "joined"];
/** What lies there belongs to a process that is at work, or has died. */
const OWN = ["joining", "trash", "new"] as const;
type Own = (typeof OWN)[number];

/** Where things lie below the folder of the service. Names are hashes and numbers, never what somebody chose. */
export class ObjectFolder {
  readonly #root: string;
  readonly #share: FolderShare | null;
  /** Names of the places where parts are being joined, by whichever process. */
  readonly #joining: readonly string[];
  /** Whether two files may be one: what makes "only if there is none" certain. */
  readonly links: boolean;

  private constructor(root: string, share: FolderShare | null, joining: readonly string[], links: boolean) {
    this.#root = root;
    this.#share = share;
    this.#joining = joining;
    this.links = links;
  }

  /** Makes what is missing, and clears what an earlier life left half done. Without a share it is alone. */
  static async open(root: string, share: FolderShare | null = null): Promise<ObjectFolder> {
    const own = OWN.map((name) => ownName(name, share?.number));
    for (const name of [...SHARED, ...own]) await mkdir(join(root, name), { recursive: true, mode: 0o700 });
    const links = await linksIn(join(root, ownName("new", share?.number)));
    const numbers = share === null ? [undefined] : Array.from({ length: share.of }, (_, i) => i + 1);
    const joining = numbers.map((number) => ownName("joining", number));
    const folder = new ObjectFolder(root, share, joining, links);
    const left = share === null || share.first ? (await readdir(root)).filter(isOwn) : own;
    for (const name of left) {
      if (name.startsWith("joining")) await folder.#restoreUploads(join(root, name));
      else await empty(join(root, name));
    }
    return folder;
  }

  /** To read in a folder that other processes use, however many: makes nothing, and tidies nothing up. */
  static async beside(root: string): Promise<ObjectFolder> {
    // Where no file was ever sent there is no folder.
    const names = (await readdir(root).catch(falseIf("ENOENT"))) || [];
    const joining = names.filter((name) => isOwn(name) && name.startsWith("joining"));
    return new ObjectFolder(root, null, joining, false);
  }

  pathOf(key: string): string {
    const hash = createHash("sha256").update(key).digest("hex");
    return join(this.#root, "objects", hash.slice(0, 2), hash.slice(2));
  }

  uploadPath(uploadId: string): string {
    return join(this.#root, "uploads", uploadId);
  }

  /** Parts that are about to become an object, by this process: nobody adds to them. */
  joiningPath(uploadId: string): string {
    return join(this.#ownPath("joining"), uploadId);
  }

  /** Parts of an object. */
  joinedPath(uploadId: string): string {
    return join(this.#root, "joined", uploadId);
  }

  /** Where parts of an object may be, in the order in which to look: they may just be moving from the one to the other. */
  placesOfParts(uploadId: string): string[] {
    const joined = this.joinedPath(uploadId);
    const joining = this.#joining.map((name) => join(this.#root, name, uploadId));
    return [joined, ...joining, joined];
  }

  describe(key: string): Promise<Description | null> {
    return describe(this.pathOf(key));
  }

  /** For a file that gets its name when it is whole. */
  async create(): Promise<{ file: FileHandle; path: string }> {
    const path = this.#newPath();
    return { file: await open(path, "wx", 0o600), path };
  }

  /** Gives a sealed file its key. False: `once`, and there was one already. */
  async publish(path: string, key: string, once: boolean): Promise<boolean> {
    const target = this.pathOf(key);
    const folder = join(target, "..");
    if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(join(folder, ".."));
    const before = once ? null : await describe(target);
    if (once) {
      // Unlike a rename, a link never takes the place of another.
      const isNew = await link(path, target).then(() => true, falseIf("EEXIST"));
      await rm(path, { force: true });
      if (!isNew) return false;
    } else {
      await rename(path, target);
      // A rename onto another name of the same file leaves both.
      await rm(path, { force: true });
    }
    await syncFolder(folder);
    await this.#discardParts(before);
    return true;
  }

  /** A second key for the same bytes, which never change. Only of what is not joined. */
  async alias(from: string, to: string): Promise<void> {
    const path = this.#newPath();
    if (this.links) await link(this.pathOf(from), path);
    else await copyDurably(this.pathOf(from), path);
    await this.publish(path, to, false);
  }

  async delete(key: string): Promise<void> {
    const path = this.pathOf(key);
    // What is damaged tells nothing of itself, and goes all the same.
    const before = await describe(path).catch(() => undefined);
    if (before === null) return;
    await rm(path, { force: true });
    await syncFolder(join(path, ".."));
    await this.#discardParts(before ?? null);
  }

  /** Gone at once for everybody, then piece by piece. False when it was not there. */
  async discard(folder: string): Promise<boolean> {
    const trash = join(this.#ownPath("trash"), randomName());
    if (!(await rename(folder, trash).then(() => true, falseIf("ENOENT")))) return false;
    await rm(trash, { recursive: true, force: true });
    return true;
  }

  async #discardParts(description: Description | null): Promise<void> {
    if (description?.joined === undefined) return;
    const { uploadId } = description.joined;
    for (const path of this.placesOfParts(uploadId)) {
      if (await this.discard(path)) return;
    }
  }

  /** A life may have ended after parts were set aside, before the object that names them was there or after it. */
  async #restoreUploads(joining: string): Promise<void> {
    for (const uploadId of await readdir(joining)) {
      const path = join(joining, uploadId);
      const begun = await describe(join(path, BEGUN));
      const object = begun === null ? null : await this.describe(begun.key);
      await rename(path, object?.joined?.uploadId === uploadId ? this.joinedPath(uploadId) : this.uploadPath(uploadId));
    }
  }

  #newPath(): string {
    return join(this.#ownPath("new"), randomName());
  }

  #ownPath(name: Own): string {
    return join(this.#root, ownName(name, this.#share?.number));
  }
}

function ownName(name: Own, number: number | undefined): string {
  return number === undefined ? name : `${name}.${number}`;
}

function isOwn(name: string): boolean {
  return OWN.some((own) => name === own || name.startsWith(`${own}.`));
}

/** In the folder of an upload: what it is of. */
export const BEGUN = "begun";

export async function writeSealed(path: string, description: Description): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await seal(file, 0, description);
  } finally {
    await file.close();
  }
}

/** Names in it survive a loss of power. Not on Windows, where folders cannot be opened. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const file = await open(to, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

export function falseIf(code: string): (error: unknown) => false {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === code) return false;
    throw error;
  };
}

export function randomName(): string {
  return randomBytes(16).toString("hex");
}

async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
}

async function linksIn(folder: string): Promise<boolean> {
  const [one, two] = [join(folder, randomName()), join(folder, randomName())];
  await (await open(one, "wx")).close();
  const links = await link(one, two).then(
    () => true,
    () => false,
  );
  await Promise.all([one, two].map((path) => rm(path, { force: true })));
  return links;
}
