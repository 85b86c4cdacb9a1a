import { reaction } from "mobx";
import type { Route, Ui } from "../model/ui.ts";

/** Keeps the address and the route the same, so that links, back and forward work. The answer ends it. */
export function followAddress(ui: Ui): () => void {
  const read = () => ui.go(toRoute(location.pathname));
  read();
  addEventListener("popstate", read);
  const stop = reaction(
    () => toPath(ui.route),
    (path) => {
      if (path !== location.pathname) history.pushState(null, "", path + location.hash);
    },
  );
  return () => {
    removeEventListener("popstate", read);
    stop();
  };
}

function toRoute(path: string): Route {
  const chatId = /^\/c\/([a-z2-7]{26})$/.exec(path)?.[1];
  if (chatId !== undefined) return { name: "chat", chatId };
  if (path === "/contacts") return { name: "contacts" };
  return path === "/settings" ? { name: "settings" } : { name: "home" };
}

function toPath(route: Route): string {
  switch (route.name) {
    case "home":
      return "/";
    case "chat":
      return `/c/${route.chatId}`;
    case "contacts":
      return "/contacts";
    case "settings":
      return "/settings";
  }
}
