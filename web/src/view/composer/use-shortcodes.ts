import { type KeyboardEvent, useState } from "react";
import { useRoot } from "../root-context.ts";

/** What is being written: a colon that begins a word, and at least two letters after it. */
const BEGUN = /(?:^|\s):([a-z0-9_+-]{2,32})$/;
const WHOLE = /(?:^|\s):([a-z0-9_+-]{2,32}):$/;

export interface Offered {
  readonly code: string;
  readonly emoji: string;
}

/**
 * `:shortcode:` in a text that is being written. `before`: the text before the caret. `replace` puts an emoji in place
 * of that many characters before the caret.
 */
export function useShortcodes(before: string, replace: (count: number, emoji: string) => void) {
  const { emojis } = useRoot();
  const [at, setAt] = useState({ text: "", index: 0 });
  const [dismissed, setDismissed] = useState<string | null>(null);
  const text = BEGUN.exec(before)?.[1] ?? "";
  if (text !== "") void emojis.load();
  const offered: readonly Offered[] = text === "" || dismissed === before ? [] : emojis.offered(text);
  const index = at.text === text ? Math.min(at.index, offered.length - 1) : 0;
  const pick = ({ emoji }: Offered) => replace(text.length + 1, `${emoji} `);
  return {
    text,
    offered,
    index,
    pick,
    /** True when the key was for the list. */
    onKeyDown(event: KeyboardEvent): boolean {
      const chosen = offered[index];
      if (chosen === undefined || event.altKey || event.ctrlKey || event.metaKey) return false;
      if (event.key === "ArrowDown") setAt({ text, index: (index + 1) % offered.length });
      else if (event.key === "ArrowUp") setAt({ text, index: (index + offered.length - 1) % offered.length });
      else if (event.key === "Enter" || event.key === "Tab") pick(chosen);
      else if (event.key === "Escape") setDismissed(before);
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
    /** What a text that has just been closed by its second colon stands for. */
    whole(written: string): { readonly count: number; readonly emoji: string } | null {
      const code = WHOLE.exec(written)?.[1];
      const emoji = code === undefined ? undefined : emojis.exactly(code);
      return code === undefined || emoji === undefined ? null : { count: code.length + 2, emoji };
    },
  };
}
