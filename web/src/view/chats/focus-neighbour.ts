import type { KeyboardEvent } from "react";

/** Moves the focus to the row before or after, among all rows of the pane. */
export function focusNeighbour(event: KeyboardEvent, step: 1 | -1): void {
  const pane = event.currentTarget.closest("[data-region]");
  const rows = [...(pane?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[at === -1 ? 0 : at + step];
  if (next === undefined) return;
  next.focus();
  event.preventDefault();
}
