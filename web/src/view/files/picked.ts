import type { PickedFile } from "../../model/sending-file.ts";

/** As the page got them; a folder cannot be read as a file, and is left out. */
export function pickedFrom(data: DataTransfer): readonly PickedFile[] {
  const entries = [...data.items].filter(({ kind }) => kind === "file");
  return entries.flatMap((item) => {
    const file = item.getAsFile();
    const folder = item.webkitGetAsEntry?.()?.isDirectory === true;
    return file === null || folder ? [] : [toPicked(file)];
  });
}

export function toPicked(file: File): PickedFile {
  return { name: file.name, blob: file };
}

export function holdsFiles(data: DataTransfer | null): boolean {
  return data?.types.includes("Files") ?? false;
}
