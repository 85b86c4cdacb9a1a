import { en } from "./en/index.ts";
import { type TextKey, t } from "./t.ts";

/** What went wrong, in words for the person: what happened, and what to do. */
export function problemText({ name, retryAfterMs }: { name: string; retryAfterMs: number }): string {
  const key = Object.hasOwn(en.errors, name) ? name : "unknown";
  return t(`errors.${key}` as TextKey, { wait: waitText(retryAfterMs) });
}

function waitText(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 90) return t("errors.seconds", { count: seconds });
  return t("errors.minutes", { count: Math.ceil(seconds / 60) });
}
