import type { ClientId, Clock, Contact, UserCard, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import type { SignedOutReason } from "@parley/protocol/client";
import { compareShallow, compareStructural, makeAutoObservable, reaction } from "mobx";
import { Account, type DrawAvatar } from "./account.ts";
import { Attention } from "./attention.ts";
import { type CallsDoor, noCalls } from "./calls-door.ts";
import type { Chat } from "./chat.ts";
import { Chats } from "./chats.ts";
import { Connection } from "./connection.ts";
import { Contacts } from "./contacts.ts";
import { Drafts } from "./drafts.ts";
import { type EmojiEntry, Emojis } from "./emojis.ts";
import { toFailure } from "./failure.ts";
import { type FileDevice, NO_FILE_DEVICE } from "./file-device.ts";
import type { FilePart, FilePartNeeds } from "./file-part.ts";
import { Invitations } from "./invitations.ts";
import { NO_DEVICE, type NoticeDevice, Notices } from "./notices.ts";
import { People } from "./people.ts";
import { type PictureShelf, Pictures } from "./pictures.ts";
import { type Choices, LOOK_KEY, Preferences } from "./preferences.ts";
import { NO_RECORDER, type Recorder } from "./recorder.ts";
import { RelayRule } from "./relay-rule.ts";
import { Scheduled } from "./scheduled.ts";
import { ServerInvites } from "./server-invites.ts";
import { Session } from "./session.ts";
import type { QuickShelf, Shelf } from "./shelf.ts";
import { Stars } from "./stars.ts";
import type { Talk } from "./talk.ts";
import { Ui } from "./ui.ts";
import { Uploads } from "./uploads.ts";

export interface Shelves {
  readonly drafts: Shelf<Record<string, string>>;
  readonly cards: Shelf<readonly UserCard[]>;
  readonly contacts: Shelf<readonly Contact[]>;
  readonly pictures: PictureShelf;
  readonly preferences: QuickShelf<Partial<Choices>>;
}

/** Everything that the app knows. */
export class Root {
  readonly connection: Connection;
  readonly session: Session;
  readonly invites: ServerInvites;
  readonly people: People;
  readonly contacts: Contacts;
  readonly pictures: Pictures;
  readonly account: Account;
  readonly attention: Attention;
  readonly invitations: Invitations;
  readonly chats: Chats;
  readonly drafts: Drafts;
  readonly scheduled: Scheduled;
  readonly preferences: Preferences;
  readonly emojis: Emojis;
  readonly notices: Notices;
  readonly uploads: Uploads;
  readonly recorder: Recorder;
  readonly calls: CallsDoor;
  readonly relay: RelayRule;
  readonly ui = new Ui();
  readonly clock: Clock;
  readonly #talk: Talk;
  readonly #fileDevice: FileDevice;
  readonly #fileParts = new Map<unknown, FilePart>();

  constructor(
    talk: Talk,
    shelves: Shelves,
    clock: Clock,
    loadEmoji: () => Promise<readonly EmojiEntry[]>,
    draw: DrawAvatar,
    device: NoticeDevice = NO_DEVICE,
    fileDevice: FileDevice = NO_FILE_DEVICE,
    recorder: Recorder = NO_RECORDER,
    calls: CallsDoor = noCalls(),
  ) {
    this.#talk = talk;
    this.clock = clock;
    this.connection = new Connection(talk);
    this.session = new Session(talk);
    this.invites = new ServerInvites(talk);
    this.people = new People(talk, shelves.cards);
    this.contacts = new Contacts(talk, this.people, shelves.contacts);
    this.pictures = new Pictures(talk, shelves.pictures);
    this.account = new Account(talk, this.people, draw);
    this.attention = new Attention(talk);
    this.chats = new Chats({ talk, people: this.people, clock, me: () => this.session.userId ?? null });
    this.invitations = new Invitations(talk);
    this.drafts = new Drafts(shelves.drafts, clock, talk);
    this.scheduled = new Scheduled(talk);
    this.preferences = new Preferences(shelves.preferences, {
      read: () => talk.settings.get(LOOK_KEY),
      write: (look) => talk.setSetting(LOOK_KEY, look),
    });
    this.emojis = new Emojis(loadEmoji);
    this.notices = new Notices({ talk, chats: this.chats, people: this.people, clock, device });
    this.uploads = new Uploads({
      talk,
      device: fileDevice,
      say: async (chatId, content) => void (await (this.chats.get(chatId)?.say(content) ?? talk.send(chatId, content))),
    });
    this.#fileDevice = fileDevice;
    this.recorder = recorder;
    this.calls = calls;
    this.relay = new RelayRule(talk);
    makeAutoObservable(this, {
      recorder: false,
      calls: false,
      relay: false,
      connection: false,
      session: false,
      invites: false,
      people: false,
      contacts: false,
      pictures: false,
      account: false,
      attention: false,
      invitations: false,
      chats: false,
      drafts: false,
      scheduled: false,
      newStars: false,
      newClientId: false,
      preferences: false,
      emojis: false,
      notices: false,
      uploads: false,
      filePart: false,
      ui: false,
      clock: false,
    });
  }

  /** Who is signed in, as others see them; kept with the other cards, so that it is there before the network. */
  get me(): UserCard | undefined {
    return this.session.userId == null ? undefined : this.people.card(this.session.userId);
  }

  /** The conversation on screen. */
  get chat(): Chat | undefined {
    return this.ui.chatId === null ? undefined : this.chats.get(this.ui.chatId);
  }

  /** Those whose presence is worth knowing: of the open group first, then of the chat list. */
  get watched(): readonly UserId[] {
    const members = this.ui.detailsOpen && this.chat?.isGroup === true ? this.chat.members.userIds : [];
    const profile = this.ui.dialog?.name === "profile" ? [this.ui.dialog.userId] : [];
    return [...new Set([...profile, ...members, ...this.chats.peers])].slice(0, limits.WATCH_MAX).sort();
  }

  /** Follows what is on screen: opens and closes chats, and watches people. The answer ends it. */
  follow(): () => void {
    let opened: Promise<void> | undefined;
    const ends = [
      reaction(
        () => this.chat,
        (chat, before) => {
          if (before !== undefined && before !== chat) {
            before.tellTyping(false);
            before.close();
          }
          opened = chat?.open();
          if (chat !== undefined) void this.uploads.recall();
        },
        { fireImmediately: true },
      ),
      // Somebody who came by a link may have to sign in first.
      reaction(
        () => (this.session.phase === "signedIn" && this.connection.online ? this.ui.joinCode : null),
        (code) => {
          if (code !== null) this.ui.openLink(code);
        },
        { fireImmediately: true },
      ),
      reaction(
        () => ({ chat: this.chat, seq: this.ui.linkedSeq }),
        ({ chat, seq }) => {
          if (chat !== undefined && seq !== null) void opened?.then(() => this.#showLinked(chat, seq));
        },
        { fireImmediately: true, equals: compareShallow },
      ),
      reaction(
        () => this.watched,
        (userIds) => this.#talk.watch(userIds),
        { equals: compareStructural },
      ),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** A link named the message. */
  async #showLinked(chat: Chat, seq: number): Promise<void> {
    if (chat !== this.chat) return;
    if (seq > chat.timeline.head || seq < chat.data.fromSeq) this.ui.tell({ kind: "messageNotHere" });
    else await chat.show(seq);
  }

  /** Saved messages, from the newest on. */
  readonly newStars = (): Stars => new Stars(this.#talk);

  /** For a message that is to be scheduled. */
  readonly newClientId = (): ClientId => this.#talk.newClientId();

  /** The one of this kind, whose code comes with the conversation and not with the start. */
  readonly filePart = <P extends FilePart>(Part: new (parts: FilePartNeeds) => P): P => {
    const known = this.#fileParts.get(Part);
    if (known instanceof Part) return known;
    const part = new Part({ talk: this.#talk, device: this.#fileDevice, clock: this.clock });
    this.#fileParts.set(Part, part);
    return part;
  };

  /** Runs a deed whose failure is told in passing. True when it was done. */
  async attempt(deed: () => Promise<unknown>): Promise<boolean> {
    try {
      await deed();
      return true;
    } catch (error) {
      this.ui.tell({ kind: "failure", failure: toFailure(error) });
      return false;
    }
  }

  /** The connection is back and what is shown is true: ask for what could not be asked. */
  applySynced(): void {
    this.connection.applySynced();
    this.people.askAgain();
    this.pictures.askAgain();
    for (const part of this.#fileParts.values()) part.askAgain();
    void this.uploads.recall();
    this.attention.applyOnline(true);
    void this.contacts.load();
    void this.scheduled.refresh();
    void this.invitations.load();
    void this.chat?.refresh();
    void this.chats.lookAtTicks();
  }

  /** Nothing of the person who was signed in stays in the page; a link that somebody came by does. */
  forgetPerson(why: SignedOutReason): void {
    this.calls.clear();
    this.chats.clear();
    this.people.clear();
    this.contacts.clear();
    this.invitations.clear();
    this.pictures.clear();
    this.uploads.clear();
    for (const part of this.#fileParts.values()) part.clear();
    this.account.clear();
    this.invites.clear();
    this.drafts.clear();
    this.scheduled.clear();
    this.notices.clear();
    this.ui.toggleDetails(false);
    this.ui.show(null);
    if (why === "signedOut" || why === "deleted") this.ui.goHome();
  }
}
