import { ReplyError, type UserId } from "@parley/protocol";
import { type FileRecord, readFile } from "../../records/file-record.ts";
import type { Kv } from "../../store/kv.ts";

/** Throws `FILE_NOT_FOUND`, also for what is somebody else's. */
export async function requireOwn(store: Kv, userId: UserId, fileId: string): Promise<FileRecord> {
  const file = await readFile(store, fileId);
  if (file === null || file.owner !== userId) throw new ReplyError("FILE_NOT_FOUND");
  return file;
}
