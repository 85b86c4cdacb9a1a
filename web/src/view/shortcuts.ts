import { useEffect } from "react";
import type { Root } from "../model/root.ts";

const APPLE = /Mac|iPhone|iPad/.test(navigator.platform);
export const MODIFIER = APPLE ? "keys.cmd" : "keys.ctrl";

/** The keys that work everywhere in the app. */
export function useShortcuts(root: Root): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (shortcut(root, event)) event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [root]);
}

function shortcut(root: Root, event: KeyboardEvent): boolean {
  const { ui } = root;
  const modifier = APPLE ? event.metaKey : event.ctrlKey;
  const key = event.key.toLowerCase();
  if (modifier && key === "k") ui.show(ui.dialog?.name === "switcher" ? null : { name: "switcher" });
  else if (modifier && key === "/") ui.show({ name: "help" });
  else if (ui.dialog !== null) return false;
  else if (event.altKey && key === "arrowdown") step(root, 1, event.shiftKey);
  else if (event.altKey && key === "arrowup") step(root, -1, event.shiftKey);
  else if (key === "f6") focusRegion(event.shiftKey ? -1 : 1);
  else if (key === "escape") return leave(root);
  else return false;
  return true;
}

function step({ ui, chats }: Root, by: 1 | -1, unreadOnly: boolean): void {
  const list = chats.sorted.filter(({ chatId, unread }) => !unreadOnly || unread > 0 || chatId === ui.chatId);
  const at = list.findIndex(({ chatId }) => chatId === ui.chatId);
  const next = at === -1 ? list[0] : list[at + by];
  if (next !== undefined) ui.openChat(next.chatId);
}

/** Inside out: what is picked, the details, then the page or the chat. */
function leave({ ui, chat }: Root): boolean {
  if (document.querySelector("[role=menu]") !== null) return false;
  if (ui.route.name === "chat" && chat?.selection.on === true) chat.selection.end();
  else if (ui.detailsOpen && ui.route.name === "chat") ui.toggleDetails(false);
  else if (ui.route.name !== "home") ui.goHome();
  else return false;
  return true;
}

function focusRegion(by: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter(
    (region) => region.checkVisibility?.() ?? region.offsetParent !== null,
  );
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + by + regions.length) % regions.length];
  const entry = next?.querySelector<HTMLElement>("[data-row][tabindex='0']") ?? next;
  entry?.focus();
}
