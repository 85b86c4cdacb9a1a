import type { FileDevice } from "../model/file-device.ts";

export const webFileDevice: FileDevice = {
  /** Fetched when somebody sends a picture. */
  async look(blob, kind) {
    const { lookAtFile } = await import("./look-at-file.ts");
    return lookAtFile(blob, kind);
  },
  save(url, name) {
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.rel = "noopener noreferrer";
    document.body.append(link);
    link.click();
    link.remove();
  },
};
