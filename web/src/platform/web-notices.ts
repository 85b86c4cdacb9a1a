import type { NoticeDevice, Permission, ShownNotice } from "../model/notices.ts";
import type { QuickShelf } from "../model/shelf.ts";
import { playTone } from "./tone.ts";
import type { Looks } from "./web-looks.ts";

/** Notifications on the desktop at once; the oldest go. */
const SHOWN_MAX = 20;

/** Notifications of the browser, for the one tab that tells. `opened` is called when a person clicks on one. */
export function webNotices(looks: Looks, wanted: QuickShelf<boolean>, opened: (chatId: string) => void): NoticeDevice {
  const shown = new Map<string, Notification>();
  const close = (chatId: string) => {
    shown.get(chatId)?.close();
    shown.delete(chatId);
  };
  return {
    permission,
    async ask() {
      if (permission() === "ask") await Notification.requestPermission();
      return permission();
    },
    show({ title, body, chatId }: ShownNotice) {
      close(chatId);
      const [oldest] = shown.keys();
      if (oldest !== undefined && shown.size >= SHOWN_MAX) close(oldest);
      // The sound is our own, so that it is the same everywhere and can be turned off.
      const notification = new Notification(title, { body, tag: chatId, silent: true, icon: "/favicon.svg" });
      shown.set(chatId, notification);
      notification.onclick = () => {
        window.focus();
        opened(chatId);
        close(chatId);
      };
      notification.onclose = () => {
        if (shown.get(chatId) === notification) shown.delete(chatId);
      };
    },
    close,
    wanted,
    sound: playTone,
    isLookedAt: looks.isLookedAt,
  };
}

function permission(): Permission {
  if (!window.isSecureContext) return "insecure";
  if (typeof Notification !== "function") return "missing";
  switch (Notification.permission) {
    case "granted":
      return "granted";
    case "denied":
      return "blocked";
    default:
      return "ask";
  }
}
