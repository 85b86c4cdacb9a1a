import { useRoot } from "../root-context.ts";
import { useChoices } from "./use-choices.ts";

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
  const text = BEGUN.exec(before)?.[1] ?? "";
  if (text !== "") void emojis.load();
  const list = useChoices<Offered>({
    before,
    text,
    choices: text === "" ? [] : emojis.offered(text),
    pick: ({ emoji }) => replace(text.length + 1, `${emoji} `),
  });
  return {
    ...list,
    /** What a text that has just been closed by its second colon stands for. */
    whole(written: string): { readonly count: number; readonly emoji: string } | null {
      const code = WHOLE.exec(written)?.[1];
      const emoji = code === undefined ? undefined : emojis.exactly(code);
      return code === undefined || emoji === undefined ? null : { count: code.length + 2, emoji };
    },
  };
}
