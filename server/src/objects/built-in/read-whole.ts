import { ObjectFolder } from "./folder.ts";
import { openIfThere, readDescription } from "./sealed-file.ts";
import { bytesOf, bytesOfFile } from "./send.ts";

export interface WholeObject {
  readonly type: string;
  readonly size: number;
  /** Has to be read to its end, or left by `return`. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** An object of a folder that a server may be using: nothing is tidied up in it. Null when there is none. */
export async function readWhole(root: string, key: string): Promise<WholeObject | null> {
  const folder = await ObjectFolder.beside(root);
  const path = folder.pathOf(key);
  const file = await openIfThere(path);
  if (file === null) return null;
  const object = await readDescription(file, path).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  const bytes = async function* () {
    try {
      yield* object.joined === undefined ? bytesOfFile(file, 0, object.size) : bytesOf(folder, object);
    } finally {
      await file.close();
    }
  };
  return { type: object.type, size: object.size, bytes: bytes() };
}
