/** `unproven`: from here one cannot know. */
export interface Finding {
  readonly outcome: "ok" | "warning" | "failed" | "unproven";
  readonly text: string;
}

export const ok = (text: string): Finding => ({ outcome: "ok", text });
export const warning = (text: string): Finding => ({ outcome: "warning", text });
export const failed = (text: string): Finding => ({ outcome: "failed", text });
export const unproven = (text: string): Finding => ({ outcome: "unproven", text });
