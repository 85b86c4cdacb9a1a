import { t } from "../../i18n/t.ts";
import { bytesOf } from "./text-bytes.ts";

/** The limit is spoken of when it comes near. */
const NEAR = 0.9;

export function ComposerLimit({ text, max }: { text: string; max: number }) {
  // UTF-8 takes at most three bytes a UTF-16 unit: a short text needs no counting.
  if (text.length * 3 < max * NEAR) return null;
  const bytes = bytesOf(text.trim());
  if (bytes < max * NEAR) return null;
  const over = bytes > max;
  return (
    <p className={over ? "composer-limit composer-limit-over" : "composer-limit"} role="status">
      {over
        ? t("composer.tooLong", { over: sizeText(bytes - max), max: sizeText(max) })
        : t("composer.left", { left: sizeText(max - bytes) })}
    </p>
  );
}

function sizeText(bytes: number): string {
  return bytes < 2048
    ? t("composer.bytes", { count: bytes })
    : t("composer.kilobytes", { count: Math.round(bytes / 1024) });
}
