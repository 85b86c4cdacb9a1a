import type { Params, Privacy, Result } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { People } from "./people.ts";
import type { Talk } from "./talk.ts";

/** Part of a picture, in its own pixels. */
export interface PictureArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** That part of the picture at the URL as square WebP of at most so many bytes, in base64url. */
export type DrawAvatar = (url: string, area: PictureArea, bytesMax: number) => Promise<string>;

/** The own account as only its owner sees it; fetched when somebody looks. Failures are thrown to the form that asked. */
export class Account {
  data: Result<"account.get"> | null = null;
  readonly #talk: Talk;
  readonly #people: People;
  readonly #draw: DrawAvatar;

  constructor(talk: Talk, people: People, draw: DrawAvatar) {
    this.#draw = draw;
    this.#talk = talk;
    this.#people = people;
    makeAutoObservable(this, { data: observableRef });
  }

  async load(): Promise<void> {
    const data = await this.#talk.request("account.get", {});
    const { userId, handle, displayName, avatar } = data;
    runInAction(() => {
      this.data = data;
      this.#people.learn([{ userId, handle, displayName, avatar }]);
    });
  }

  async setProfile(profile: Params<"account.setProfile">): Promise<void> {
    await this.#talk.request("account.setProfile", profile);
    await this.load();
  }

  /** `avatar` is WebP in base64url; null takes it away. */
  async setAvatar(avatar: string | null): Promise<void> {
    await this.#talk.request("account.setAvatar", { avatar });
    await this.load();
  }

  async setPicture(url: string, area: PictureArea): Promise<void> {
    await this.setAvatar(await this.drawPicture(url, area));
  }

  /** An avatar of that part of the picture, of oneself or of a group. */
  drawPicture(url: string, area: PictureArea): Promise<string> {
    return this.#draw(url, area, limits.AVATAR_MAX_BYTES);
  }

  async setPrivacy(privacy: Privacy): Promise<void> {
    await this.#talk.request("account.setPrivacy", { privacy });
    await this.load();
  }

  /** Answers the handle as the server writes it. */
  async changeHandle(password: string, handle: string): Promise<string> {
    const changed = await this.#talk.request("account.changeHandle", { password, handle });
    await this.load();
    return changed.handle;
  }

  /** `code` was sent to the new address. */
  async changeEmail(password: string, email: string, code: string): Promise<void> {
    await this.#talk.request("account.changeEmail", { password, email, code });
    await this.load();
  }

  async removeEmail(password: string): Promise<void> {
    await this.#talk.request("account.changeEmail", { password });
    await this.load();
  }

  /** The session ends with it. */
  async delete(password: string): Promise<void> {
    await this.#talk.deleteAccount(password);
  }

  clear(): void {
    this.data = null;
  }
}
