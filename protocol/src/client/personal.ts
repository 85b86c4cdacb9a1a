import { ReplyError } from "../errors.ts";
import { STAR_PAGE_MAX, STARS_MAX } from "../limits.ts";
import type { Clock, Random } from "../platform.ts";
import type { Emitter } from "./emitter.ts";
import { OwnSettings } from "./own-settings.ts";
import type { Replica } from "./replica/replica.ts";
import type { Requester } from "./requester.ts";
import type { ClientStorage } from "./storage.ts";
import type { ClientEvents } from "./view.ts";
import { sendWish, type Wish, Wishes } from "./wishes.ts";

export interface PersonalParts {
  readonly storage: ClientStorage;
  readonly clock: Clock;
  readonly random: Random;
  readonly requester: Requester;
  readonly replica: Replica;
  readonly events: Pick<Emitter<ClientEvents>, "emit">;
  /** Is this the tab that writes the cache? */
  mayWrite(): boolean;
  maySend(): boolean;
}

/** What the user has of their own on all devices: settings, preferences and drafts of chats, stars. */
export class Personal {
  readonly settings: OwnSettings;
  readonly #parts: PersonalParts;
  readonly #wishes: Wishes;
  #completing = false;

  constructor(parts: PersonalParts) {
    this.#parts = parts;
    const { storage, clock, random, requester, events } = parts;
    const warning = (what: string) => events.emit("warning", { what });
    this.settings = new OwnSettings(storage, {
      changed: (key, value) => events.emit("setting", { key, value }),
      mayWrite: () => parts.mayWrite(),
      warning,
    });
    this.#wishes = new Wishes(
      { storage, clock, random },
      {
        maySend: () => parts.maySend(),
        send: (wish) => sendWish(requester, wish),
        held: (wish) => this.#show(wish),
        granted: (wish, version, last) => this.#granted(wish, version, last),
        refused: (wish, error) => {
          this.#unshow(wish);
          events.emit("wishRefused", { wish, why: error.name });
        },
        warning,
      },
    );
  }

  async load(): Promise<void> {
    await this.settings.load();
    if (this.#parts.mayWrite()) await this.#wishes.load();
  }

  /** This tab writes from now on, and sends what others have left. */
  async takeOver(): Promise<void> {
    this.settings.save();
    await this.#wishes.load();
    this.#wishes.start();
  }

  /** Shown at once, and the server's when it can be. */
  wish(wish: Wish): void {
    this.#wishes.want(wish);
  }

  online(): void {
    this.#wishes.start();
  }

  offline(): void {
    this.#wishes.stop();
  }

  /** Resolves when what was wished is written. */
  settled(): Promise<void> {
    return this.#wishes.settled();
  }

  /** After a pull: notices bring every change from then on, so that all is asked for once. */
  complete(): void {
    if (this.settings.complete || this.#completing) return;
    this.#completing = true;
    this.#fetchAll()
      .catch((error: unknown) => {
        // An older server has nothing to fetch; after a lost link the next pull asks again.
        if (error instanceof ReplyError ? error.name === "METHOD_NOT_FOUND" : !this.#parts.maySend()) return;
        this.#parts.events.emit("warning", { what: `personal: ${String(error)}` });
      })
      .finally(() => {
        this.#completing = false;
      });
  }

  forgetVersions(): void {
    this.settings.forgetVersions();
  }

  async #fetchAll(): Promise<void> {
    const { requester } = this.#parts;
    await this.#fetchStars();
    const { settings } = await requester.request("settings.get", {});
    this.settings.learn(settings, { complete: true });
  }

  async #fetchStars(): Promise<void> {
    const { requester, replica } = this.#parts;
    let before: number | undefined;
    for (let known = 0; known < STARS_MAX; known += STAR_PAGE_MAX) {
      const page = { limit: STAR_PAGE_MAX, ...(before === undefined ? {} : { before }) };
      const { stars, more } = await requester.request("message.stars", page);
      for (const { chatId, seq } of stars) replica.personal(chatId, (own) => own.knowStar(seq));
      before = stars.at(-1)?.at;
      if (!more || before === undefined) return;
    }
  }

  #show(wish: Wish): void {
    if (wish.about === "setting") return this.settings.wish(wish.key, wish.value);
    this.#parts.replica.personal(wish.chatId, (own) => {
      if (wish.about === "prefs") own.wishes.prefs = wish.prefs;
      else own.wishes.draft = wish.draft;
      return true;
    });
  }

  #unshow(wish: Wish): void {
    if (wish.about === "setting") return this.settings.unwish(wish.key);
    this.#parts.replica.personal(wish.chatId, (own) => {
      delete own.wishes[wish.about];
      return true;
    });
  }

  #granted(wish: Wish, version: number, last: boolean): void {
    const { replica } = this.#parts;
    switch (wish.about) {
      case "setting":
        this.settings.learn([{ key: wish.key, value: wish.value, version }], { complete: false });
        break;
      case "prefs":
        replica.personal(wish.chatId, (own) => own.setPrefs(wish.prefs, version));
        break;
      case "draft":
        replica.personal(wish.chatId, (own) => own.setDraft(wish.draft, version));
        break;
      default:
        wish satisfies never;
    }
    if (last) this.#unshow(wish);
  }
}
