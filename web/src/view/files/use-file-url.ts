import { useEffect } from "react";
import type { AttachedFile, FilePlace } from "../../model/attached-file.ts";
import { FileUrls } from "../../model/file-urls.ts";
import { useRoot } from "../root-context.ts";

/**
 * Where the file can be read; to be used by observers. `wanted`: it is needed now. What was just sent is shown from this
 * page's memory.
 */
export function useFileUrl({ place, file }: ShownFile, wanted: boolean): FileUrl {
  const { filePart, uploads } = useRoot();
  const fileUrls = filePart(FileUrls);
  const own = uploads.own(file.fileId)?.url ?? undefined;
  const known = place === null || own !== undefined ? undefined : fileUrls.url({ place, file });
  const asked = wanted && place !== null && own === undefined && known === undefined;
  const failed = place !== null && own === undefined && fileUrls.hasFailed({ place, file });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what a file is never changes, the object that tells it does
  useEffect(() => {
    if (asked && !failed && place !== null) fileUrls.want({ place, file });
  }, [asked, failed, fileUrls, place?.chatId, place?.seq, file.fileId]);
  const again = (afresh = false) => place !== null && own === undefined && fileUrls.renew({ place, file }, afresh);
  return { url: own ?? known, failed, again };
}

/** A file of a message; without a place while the message is not stored yet. */
export interface ShownFile {
  readonly place: FilePlace | null;
  readonly file: AttachedFile;
}

export interface ShowProps extends ShownFile {
  /** This browser cannot show it, or should not: it is a file like any other then. */
  readonly onUnfit: () => void;
}

interface FileUrl {
  readonly url: string | undefined;
  readonly failed: boolean;
  /** Another address, as this one did not do. False: that would not help. `afresh`: whatever was tried a moment ago. */
  readonly again: (afresh?: boolean) => boolean;
}
