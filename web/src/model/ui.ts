import type { ChatId, UserId } from "@parley/protocol";
import { makeAutoObservable, observableRef } from "mobx";
import type { Failure } from "./failure.ts";

/** What the address bar names. */
export type Route =
  | { readonly name: "home" }
  | { readonly name: "chat"; readonly chatId: ChatId }
  | { readonly name: "contacts" }
  | { readonly name: "settings" };

/** One at a time, over everything. */
export type Dialog =
  | { readonly name: "switcher" | "help" | "connection" | "newChat" | "newGroup" | "addMember" | "leave" | "signOut" }
  | { readonly name: "poll" | "pins" }
  | { readonly name: "messageInfo" | "closePoll"; readonly seq: number }
  | { readonly name: "avatar"; readonly picture: string }
  | { readonly name: "profile" | "block" | "removeContact"; readonly userId: UserId }
  | { readonly name: "removeMember"; readonly userId: UserId };

export type Toast =
  | { readonly kind: "failure"; readonly failure: Failure }
  | { readonly kind: "copied" }
  | { readonly kind: "removedFrom"; readonly title: string }
  | { readonly kind: "passwordChanged" | "emailChanged" | "profileSaved" }
  | { readonly kind: "handleChanged"; readonly handle: string };

/** Where the person is in the app. */
export class Ui {
  route: Route = { name: "home" };
  dialog: Dialog | null = null;
  detailsOpen = false;
  toast: Toast | null = null;
  /** Bumped with every toast, so that the same words are told again. */
  toastCount = 0;

  constructor() {
    makeAutoObservable(this, { route: observableRef, dialog: observableRef, toast: observableRef });
  }

  get chatId(): ChatId | null {
    return this.route.name === "chat" ? this.route.chatId : null;
  }

  go(route: Route): void {
    this.route = route;
    this.dialog = null;
  }

  openChat(chatId: ChatId): void {
    this.go({ name: "chat", chatId });
  }

  goHome(): void {
    this.go({ name: "home" });
  }

  show(dialog: Dialog | null): void {
    this.dialog = dialog;
  }

  toggleDetails(open = !this.detailsOpen): void {
    this.detailsOpen = open;
  }

  tell(toast: Toast): void {
    this.toast = toast;
    this.toastCount += 1;
  }

  dismissToast(): void {
    this.toast = null;
  }
}
