import { locale, t } from "./t.ts";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** 812 bytes, 4.2 MB: at most one digit behind the point, and none for large numbers. */
export function sizeText(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024)));
  const value = bytes / 1024 ** step;
  const unit = UNITS[step] ?? "byte";
  const maximumFractionDigits = step === 0 || value >= 10 ? 0 : 1;
  // Its short form knows no plural.
  const unitDisplay = step === 0 ? "long" : "short";
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay, maximumFractionDigits }).format(value);
}

/** 0:07, 12:30, 1:02:03: as players show it. */
export function playTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export interface FileSaid {
  readonly kind: "image" | "file" | "voice" | "video";
  readonly name?: string | undefined;
  readonly caption?: string | undefined;
  readonly durationMs?: number | undefined;
}

/** What a message with a file says in one line: its caption, or what it is. */
export function fileWords({ kind, name, caption, durationMs }: FileSaid): string {
  const text = caption?.trim() ?? "";
  switch (kind) {
    case "image":
      return text === "" ? t("files.image") : t("files.imageSaying", { text });
    case "video":
      return text === "" ? t("files.video") : t("files.videoSaying", { text });
    case "voice":
      return durationMs === undefined ? t("files.voice") : t("files.voiceOf", { time: playTime(durationMs) });
    case "file":
      return text === ""
        ? t("files.file", { name: name ?? "" }).trim()
        : t("files.fileSaying", { name: name ?? "", text });
    default:
      return kind satisfies never;
  }
}
