import { reaction } from "mobx";
import { messagePath } from "../model/message-link.ts";
import type { Arrival, Session } from "../model/session.ts";
import type { Route, Ui } from "../model/ui.ts";

/** Keeps the address and the route the same, so that links, back and forward work. The answer ends it. */
export function followAddress(ui: Ui): () => void {
  const read = () => ui.go(toRoute(location.pathname));
  const readHash = () => {
    const code = new URLSearchParams(location.hash.slice(1)).get("join");
    if (code !== null) ui.offerJoin(code);
  };
  read();
  readHash();
  addEventListener("popstate", read);
  addEventListener("hashchange", readHash);
  const stop = reaction(
    () => toPath(ui.route),
    (path) => {
      if (path !== location.pathname) history.pushState(null, "", path + location.hash);
    },
  );
  // A link is opened once, not again with every page.
  const stopHash = reaction(
    () => ui.joinCode,
    (code) => {
      if (code === null) dropFromHash("join");
    },
  );
  return () => {
    removeEventListener("popstate", read);
    removeEventListener("hashchange", readHash);
    stop();
    stopHash();
  };
}

function dropFromHash(name: string): void {
  const hash = new URLSearchParams(location.hash.slice(1));
  hash.delete(name);
  const rest = hash.toString();
  history.replaceState(history.state, "", location.pathname + (rest === "" ? "" : `#${rest}`));
}

function toRoute(path: string): Route {
  const [, chatId, seq] = /^\/c\/([a-z2-7]{26})(?:\/(\d{1,15}))?$/.exec(path) ?? [];
  if (chatId !== undefined) return { name: "chat", chatId, ...(seq === undefined ? {} : { seq: Number(seq) }) };
  if (path === "/contacts") return { name: "contacts" };
  return path === "/settings" ? { name: "settings" } : { name: "home" };
}

function toPath(route: Route): string {
  switch (route.name) {
    case "home":
      return "/";
    case "chat":
      return route.seq === undefined ? `/c/${route.chatId}` : messagePath(route.chatId, route.seq);
    case "contacts":
      return "/contacts";
    case "settings":
      return "/settings";
  }
}

/** `#owner=` and `#invite=`, also when such a link is pasted into a page that is open. Taken out of it when it is used. */
export function followArrival(session: Session): () => void {
  const written = () => toArrival(new URLSearchParams(location.hash.slice(1)));
  const read = () => session.arrive(written());
  read();
  addEventListener("hashchange", read);
  const stop = reaction(
    () => session.arrival,
    (arrival) => {
      if (arrival === null && written() !== null) history.replaceState(null, "", location.pathname);
    },
  );
  return () => {
    removeEventListener("hashchange", read);
    stop();
  };
}

function toArrival(hash: URLSearchParams): Arrival | null {
  const [owner, invite] = [hash.get("owner"), hash.get("invite")];
  if (owner) return { code: owner, owner: true };
  return invite ? { code: invite, owner: false } : null;
}
