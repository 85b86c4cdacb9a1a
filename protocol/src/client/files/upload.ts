import type { ReplyErrorName } from "../../errors.ts";
import type { ChatId } from "../../ids.ts";
import type { NewFile } from "../../schema/file.ts";
import type { ClientErrorReason } from "../state.ts";

export interface UploadAbout {
  /** Where it is to be sent: who may not write there may not upload for it. */
  readonly chatId: ChatId;
  readonly name: string;
  /** Of the bytes: RFC 6838, lower case, without parameters. */
  readonly type: string;
}

/** What of a message's body names the file: spread it into the body of `client.send`. */
export type UploadedFile = Pick<NewFile, "fileId" | "sealed">;

/** Only what is true in each; `doneBytes` of the upload's `size`. */
export type UploadState =
  /** Waits for its turn: two files go at once. */
  | { readonly name: "queued" }
  /** The bytes are read and hashed, before the server is asked. */
  | { readonly name: "reading"; readonly doneBytes: number }
  | { readonly name: "sending"; readonly doneBytes: number }
  /** Sent before the line broke or the store failed: goes on by itself. */
  | { readonly name: "waiting"; readonly doneBytes: number }
  /** Everything is there; the server compares. */
  | { readonly name: "checking" }
  /** By `pause`, until `resume` or `cancel`. */
  | { readonly name: "paused"; readonly doneBytes: number }
  | { readonly name: "done"; readonly file: UploadedFile }
  /** Final: for another try, upload the same source again, and only the rest is sent. */
  | { readonly name: "failed"; readonly why: ReplyErrorName | ClientErrorReason }
  | { readonly name: "cancelled" };

/** One file on its way. Losing the connection does not end it. */
export interface Upload {
  /** Of this process. */
  readonly id: number;
  readonly about: UploadAbout;
  readonly size: number;
  readonly state: UploadState;
  /** Called at every change of `state`, progress included; the answer ends it. */
  on(changed: (state: UploadState) => void): () => void;
  /** Stops reading and sending; what has arrived stays there. */
  pause(): void;
  resume(): void;
  /** Gives it up, here and at the store. */
  cancel(): void;
  /** Rejects with a `ReplyError` of the server, or a `ClientError`: `fileChanged`, `fileUnreadable`, `storeRefused`, `storeFull`, `cancelled`, `stopped`. */
  readonly done: Promise<UploadedFile>;
}

/** Begun by an earlier process, or failed since; uploading the same bytes again sends only the rest. */
export interface UnfinishedUpload {
  readonly fileId: string;
  readonly about: UploadAbout;
  readonly size: number;
  readonly begunAt: number;
}
