import type { FileBody, FileKind, NewFile } from "@parley/protocol";

/** The message that holds a file. */
export type { FilePlace } from "@parley/protocol/client";

/** The file of a message. What the server adds is not known while the message is in the outbox. */
export type AttachedFile = NewFile &
  Partial<Pick<FileBody, "name" | "type" | "size" | "sha256">> & { readonly kind: FileKind };
