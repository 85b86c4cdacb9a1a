import { type KeyboardEvent, useState } from "react";

interface Offer<Choice> {
  /** Text before the caret: what was dismissed stays so until it changes. */
  readonly before: string;
  /** The begun word that is completed. */
  readonly text: string;
  readonly choices: readonly Choice[];
  pick(choice: Choice): void;
}

/** A list of completions above the composer, ruled by its keys: Up and Down, Enter or Tab, Escape. */
export function useChoices<Choice>({ before, text, choices, pick }: Offer<Choice>) {
  const [at, setAt] = useState({ text: "", index: 0 });
  const [dismissed, setDismissed] = useState<string | null>(null);
  const offered = dismissed === before ? [] : choices;
  const index = at.text === text ? Math.min(at.index, offered.length - 1) : 0;
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
  };
}
