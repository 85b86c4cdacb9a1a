import { playTime } from "./file-text.ts";
import { t } from "./t.ts";

/** What came of a call. */
export interface CallSaid {
  readonly video: boolean;
  readonly outcome: "finished" | "cancelled" | "refused" | "busy" | "missed";
  readonly durationMs?: number;
}

/** A call in one line, whoever reads it: the chat list, a notification. */
export function callWords({ video, outcome, durationMs }: CallSaid): string {
  if (outcome !== "finished") return t(video ? "callWords.missedVideo" : "callWords.missedVoice");
  const time = playTime(durationMs ?? 0);
  return video ? t("callWords.video", { time }) : t("callWords.voice", { time });
}
