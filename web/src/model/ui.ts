import type { ChatId, ClientId, ForwardItem, UserId } from "@parley/protocol";
import type { FilePlace } from "@parley/protocol/client";
import { makeAutoObservable, observableRef } from "mobx";
import type { Failure } from "./failure.ts";
import type { WantedFile } from "./file-urls.ts";
import type { Way } from "./invitations.ts";

/** What the address bar names. */
export type Route =
  | { readonly name: "home" }
  /** `seq`: the message that a link names. */
  | { readonly name: "chat"; readonly chatId: ChatId; readonly seq?: number }
  | { readonly name: "contacts" }
  | { readonly name: "settings" };

/** What the list of chats shows. */
export type ListPart = { readonly name: "all" | "archive" } | { readonly name: "folder"; readonly folder: string };

/** One at a time, over everything. */
export type Dialog =
  | { readonly name: "place" | "shareContact" }
  | { readonly name: "forward" | "retract"; readonly seqs: readonly number[] }
  | { readonly name: "versions"; readonly seq: number }
  | { readonly name: "collection"; readonly items: readonly ForwardItem[]; readonly place: FilePlace | null }
  | { readonly name: "picture"; readonly shown: WantedFile }
  | { readonly name: "switcher" | "help" | "connection" | "newChat" | "newGroup" | "addMember" | "leave" | "signOut" }
  | { readonly name: "poll" | "pins" | "files" | "callsNeed" }
  | { readonly name: "editGroup" | "expand" | "deleteGroup" }
  | { readonly name: "poll" | "pins" | "invite" | "directory" | "invitations" }
  | { readonly name: "join"; readonly way: Way }
  | { readonly name: "messageInfo" | "closePoll"; readonly seq: number }
  | { readonly name: "avatar"; readonly picture: string; readonly of: "me" | "chat" }
  | { readonly name: "profile" | "block" | "removeContact"; readonly userId: UserId }
  | { readonly name: "removeMember" | "transfer"; readonly userId: UserId }
  | { readonly name: "newFolder"; readonly chatId: ChatId }
  | { readonly name: "saved" | "scheduled" }
  /** With a `clientId`: what is scheduled under it, to be changed. */
  | { readonly name: "sendLater"; readonly chatId: ChatId; readonly clientId?: ClientId }
  | { readonly name: "hideMessage"; readonly seq: number };

export type Toast =
  | { readonly kind: "failure"; readonly failure: Failure }
  | {
      readonly kind:
        | "copied"
        | "linkCopied"
        | "messageNotHere"
        | "starred"
        | "unstarred"
        | "foldersFull"
        | "tooManyFiles"
        | "otherFile";
    }
  | { readonly kind: "scheduled"; readonly at: number }
  | { readonly kind: "invited"; readonly name: string }
  | { readonly kind: "removedFrom"; readonly title: string }
  | { readonly kind: "passwordChanged" | "emailChanged" | "profileSaved" }
  | { readonly kind: "handleChanged"; readonly handle: string };

/** Where the person is in the app. */
export class Ui {
  route: Route = { name: "home" };
  dialog: Dialog | null = null;
  detailsOpen = false;
  listed: ListPart = { name: "all" };
  /** Of an invite link that brought the person here, until it is opened. */
  joinCode: string | null = null;
  toast: Toast | null = null;
  /** Bumped with every toast, so that the same words are told again. */
  toastCount = 0;

  constructor() {
    makeAutoObservable(this, {
      route: observableRef,
      dialog: observableRef,
      listed: observableRef,
      toast: observableRef,
    });
  }

  get chatId(): ChatId | null {
    return this.route.name === "chat" ? this.route.chatId : null;
  }

  get linkedSeq(): number | null {
    return this.route.name === "chat" ? (this.route.seq ?? null) : null;
  }

  go(route: Route): void {
    this.route = route;
    this.dialog = null;
  }

  openChat(chatId: ChatId, seq?: number): void {
    this.go({ name: "chat", chatId, ...(seq === undefined ? {} : { seq }) });
  }

  goHome(): void {
    this.go({ name: "home" });
  }

  show(dialog: Dialog | null): void {
    this.dialog = dialog;
  }

  list(part: ListPart): void {
    this.listed = part;
  }

  offerJoin(code: string): void {
    this.joinCode = code;
  }

  openLink(code: string): void {
    this.joinCode = null;
    this.show({ name: "join", way: { code } });
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
