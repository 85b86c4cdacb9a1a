import type { TabChannel } from "@parley/protocol/client";
import type { NoticeDevice, Permission, ShownNotice } from "../model/notices.ts";
import type { QuickShelf } from "../model/shelf.ts";
import { playTone } from "./tone.ts";

/** What a tab that somebody looks at needs to say so. Hidden tabs may be slow, but those are not the ones that answer. */
const ANSWER_MS = 150;
/** Notifications on the desktop at once; the oldest go. */
const SHOWN_MAX = 20;

const QUESTION = "does somebody look?";
const ANSWER = "somebody looks";

/** Notifications of the browser, for the one tab that tells. `opened` is called when a person clicks on one. */
export function webNotices(
  tabs: TabChannel,
  wanted: QuickShelf<boolean>,
  opened: (chatId: string) => void,
): NoticeDevice {
  const shown = new Map<string, Notification>();
  tabs.listen((message) => {
    if (message === QUESTION && isHere()) tabs.post(ANSWER);
  });
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
    async isLookedAt() {
      return isHere() || (await somebodyElse(tabs));
    },
  };
}

function isHere(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

function somebodyElse(tabs: TabChannel): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (answer: boolean) => {
      end();
      clearTimeout(timer);
      resolve(answer);
    };
    const end = tabs.listen((message) => message === ANSWER && done(true));
    const timer = setTimeout(() => done(false), ANSWER_MS);
    tabs.post(QUESTION);
  });
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
