import type { KeyboardEvent } from "react";

/** Moves the focus to the row before or after, among all rows of the pane. */
export function focusNeighbour(event: KeyboardEvent, step: 1 | -1): void {
  const rows = rowsOf(event);
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[at === -1 ? 0 : at + step];
  if (next === undefined) return;
  next.focus();
  event.preventDefault();
}

/** Enter in the search box takes what is found first. */
export function openFirst(event: KeyboardEvent): void {
  rowsOf(event)[0]?.click();
}

function rowsOf(event: KeyboardEvent): HTMLElement[] {
  const pane = event.currentTarget.closest("[data-region]");
  return [...(pane?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
}
