import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";

type FileMethod =
  | "file.begin"
  | "file.parts"
  | "file.complete"
  | "file.abort"
  | "file.url"
  | "file.list"
  | "file.quota";

export function fileHandlers({ files }: Services): Pick<Handlers, FileMethod> {
  const { uploads, completion, removal, access, list, quota } = files;
  return {
    "file.begin": async (peer, params) => uploads.begin(sessionOf(peer).userId, peer.host, params),

    "file.parts": async (peer, params) => uploads.parts(sessionOf(peer).userId, peer.host, params),

    "file.complete": async (peer, { fileId }) => completion.complete(sessionOf(peer).userId, fileId),

    "file.abort": async (peer, { fileId }) => {
      await removal.abort(sessionOf(peer).userId, fileId);
      return {};
    },

    "file.url": async (peer, params) => access.url(sessionOf(peer).userId, peer.host, params),

    "file.list": async (peer, params) => list.page(sessionOf(peer).userId, params),

    "file.quota": async (peer) => quota.of(sessionOf(peer).userId),
  };
}
