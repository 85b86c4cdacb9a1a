import type { FileId } from "../../ids.ts";
import type { Random } from "../../platform.ts";
import type { ClientCrypto, FileHashes } from "../../secure/index.ts";
import type { JobQueue } from "../job-queue.ts";
import type { Requester } from "../requester.ts";
import type { FileHttp } from "./file-http.ts";
import type { Patience } from "./patience.ts";
import type { Begun, Unfinished } from "./unfinished.ts";
import type { UploadAbout } from "./upload.ts";

/** What the files of one client share. */
export interface Transfers {
  readonly requester: Pick<Requester, "request">;
  /** URLs without host are of the client's own server. */
  readonly http: FileHttp;
  readonly hashes: FileHashes;
  readonly crypto: ClientCrypto;
  readonly random: Random;
  readonly seals: boolean;
  readonly patience: Patience;
  readonly queue: JobQueue;
  readonly unfinished: Unfinished;
  now(): number;
  serverNow(): number;
  /** Begun before, maybe of the same bytes, and nobody's here. */
  resumable(about: UploadAbout, size: number): Promise<readonly Begun[]>;
  /** Files of uploads that are under way here. */
  taken(): ReadonlySet<FileId>;
  /** Ends it at the server, if that can be reached, and forgets it here. */
  giveUp(fileId: FileId): Promise<void>;
  warning(what: string): void;
}
