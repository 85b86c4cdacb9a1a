import type { Clock } from "@parley/protocol";
import type { FileDevice } from "./file-device.ts";
import type { Talk } from "./talk.ts";

/** What shows or keeps files. */
export interface FilePart {
  /** The connection is back. */
  askAgain(): void;
  clear(): void;
}

export interface FilePartNeeds {
  readonly talk: Talk;
  readonly device: FileDevice;
  readonly clock: Clock;
}
