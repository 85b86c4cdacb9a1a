import type { Contact, ContactRequest, Params, Profile, UserCard, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observable, observableRef, runInAction } from "mobx";
import type { People } from "./people.ts";
import type { Shelf } from "./shelf.ts";
import type { Talk } from "./talk.ts";

/** Profiles remembered while a page is open: those that are on screen, and a few before. */
const PROFILES_MAX = 50;

export type Answer = Params<"contact.answer">["answer"];

/** What the user and others are to each other: contacts, requests, blocks. */
export class Contacts {
  readonly #byId = observable.map<UserId, Contact>(undefined, { deep: false });
  readonly #profiles = observable.map<UserId, Profile>(undefined, { deep: false });
  incoming: readonly ContactRequest[] = [];
  outgoing: readonly ContactRequest[] = [];
  blocked: readonly UserCard[] = [];
  /** The server has told all of them once. */
  loaded = false;
  failed = false;
  #loading = false;
  readonly #talk: Talk;
  readonly #people: People;
  readonly #shelf: Shelf<readonly Contact[]>;

  constructor(talk: Talk, people: People, shelf: Shelf<readonly Contact[]>) {
    this.#talk = talk;
    this.#people = people;
    this.#shelf = shelf;
    makeAutoObservable(this, { incoming: observableRef, outgoing: observableRef, blocked: observableRef });
  }

  get(userId: UserId): Contact | undefined {
    return this.#byId.get(userId);
  }

  /** By the name that the user knows them by. */
  get sorted(): readonly Contact[] {
    const name = (contact: Contact) => nameOf(contact);
    return [...this.#byId.values()].sort((a, b) => name(a).localeCompare(name(b)));
  }

  get labels(): readonly string[] {
    const all = new Set([...this.#byId.values()].flatMap(({ labels }) => labels));
    return [...all].sort((a, b) => a.localeCompare(b));
  }

  /** As it was when it was fetched last. */
  profile(userId: UserId): Profile | undefined {
    return this.#profiles.get(userId);
  }

  /** Contacts of the visit before, so that people have the names that the user gave them before the network answers. */
  async restore(): Promise<void> {
    const kept = (await this.#shelf.read()) ?? [];
    runInAction(() => {
      if (!this.loaded) this.#replace(kept);
    });
  }

  /** Everything, once; what happens afterwards comes as notices. */
  async load(): Promise<void> {
    if (this.#loading || this.loaded) return;
    this.#loading = true;
    try {
      const contacts: Contact[] = [];
      for (let after: UserId | undefined; ; ) {
        const asked = { limit: limits.CONTACT_PAGE_MAX, ...(after === undefined ? {} : { after }) };
        const page = await this.#talk.request("contact.list", asked);
        contacts.push(...page.contacts);
        after = page.contacts.at(-1)?.user.userId;
        if (page.more !== true || after === undefined) break;
      }
      const [, { users }] = await Promise.all([this.#loadRequests(), this.#talk.request("contact.blocked", {})]);
      runInAction(() => {
        this.#replace(contacts);
        this.blocked = users;
        this.loaded = true;
        this.failed = false;
      });
      this.#keep();
    } catch {
      runInAction(() => {
        this.failed = true;
      });
    } finally {
      this.#loading = false;
    }
  }

  /** Fetched anew whenever somebody looks. */
  async open(userId: UserId): Promise<void> {
    const { profile } = await this.#talk.request("user.profile", { userId });
    runInAction(() => this.#learn(profile));
  }

  /** Something changed between the user and this person, here or elsewhere. */
  async noticed(userId: UserId): Promise<void> {
    // Offline again: what is not known now is asked for with everything else.
    await Promise.all([this.open(userId), this.#loadRequests()]).catch(() => {
      runInAction(() => {
        this.loaded = false;
      });
    });
  }

  async request(userId: UserId, message: string): Promise<void> {
    await this.#talk.request("contact.request", { userId, ...(message.trim() === "" ? {} : { message }) });
    await this.noticed(userId);
  }

  async answer(userId: UserId, answer: Answer): Promise<void> {
    await this.#talk.request("contact.answer", { userId, answer });
    await this.noticed(userId);
  }

  async note(userId: UserId, remark: string, labels: readonly string[]): Promise<void> {
    await this.#talk.request("contact.update", { userId, remark, labels: [...labels] });
    await this.noticed(userId);
  }

  async act(userId: UserId, verb: "cancel" | "remove" | "block" | "unblock"): Promise<void> {
    await this.#talk.request(`contact.${verb}`, { userId });
    await this.noticed(userId);
  }

  clear(): void {
    this.#replace([]);
    this.#profiles.clear();
    this.incoming = [];
    this.outgoing = [];
    this.blocked = [];
    this.loaded = false;
    this.failed = false;
  }

  async #loadRequests(): Promise<void> {
    const { incoming, outgoing } = await this.#talk.request("contact.requests", {});
    runInAction(() => {
      this.incoming = incoming;
      this.outgoing = outgoing;
      this.#people.learn([...incoming, ...outgoing].map(({ user }) => user));
    });
  }

  #learn(profile: Profile): void {
    const { user, contact } = profile;
    this.#people.learn([user]);
    this.#profiles.delete(user.userId);
    this.#profiles.set(user.userId, profile);
    for (const oldest of this.#profiles.keys()) {
      if (this.#profiles.size <= PROFILES_MAX) break;
      this.#profiles.delete(oldest);
    }
    if (contact === undefined) this.#byId.delete(user.userId);
    else this.#byId.set(user.userId, contact);
    this.#people.setRemark(user.userId, contact?.remark ?? "");
    const others = this.blocked.filter(({ userId }) => userId !== user.userId);
    this.blocked = profile.blocked ? [...others, user] : others;
    this.#keep();
  }

  #replace(contacts: readonly Contact[]): void {
    for (const userId of this.#byId.keys()) this.#people.setRemark(userId, "");
    this.#byId.replace(contacts.map((contact) => [contact.user.userId, contact]));
    this.#people.learn(contacts.map(({ user }) => user));
    for (const { user, remark } of contacts) this.#people.setRemark(user.userId, remark);
  }

  #keep(): void {
    void this.#shelf.write([...this.#byId.values()]);
  }
}

export function nameOf({ remark, user }: Contact): string {
  return remark === "" ? user.displayName : remark;
}
