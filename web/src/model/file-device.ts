import type { NewFile } from "@parley/protocol";

/** What a look at a picture or a film tells; nothing of what cannot be shown. */
export type Looks = Pick<NewFile, "width" | "height" | "durationMs" | "preview">;

/** What a browser does with files; nothing where there is no page. */
export interface FileDevice {
  /** Size, duration and a blurred picture. Null: this browser cannot show it. */
  look(blob: Blob, kind: "image" | "video"): Promise<Looks | null>;
  /** Has the browser keep what is at the address under this name; nothing of it is opened. */
  save(url: string, name: string): void;
}

export const NO_FILE_DEVICE: FileDevice = { look: async () => null, save: () => {} };
