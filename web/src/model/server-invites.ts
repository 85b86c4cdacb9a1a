import type { ServerInvite } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { Talk } from "./talk.ts";

/** Open invites to the server that this person made. Failures are thrown to who asked. */
export class ServerInvites {
  list: readonly ServerInvite[] = [];
  readonly #talk: Talk;

  constructor(talk: Talk) {
    this.#talk = talk;
    makeAutoObservable(this, { list: observableRef });
  }

  async load(): Promise<void> {
    const { invites } = await this.#talk.request("invite.list", {});
    runInAction(() => {
      this.list = invites;
    });
  }

  async create(uses: number, expiresInMs: number): Promise<void> {
    await this.#talk.request("invite.create", { uses, expiresInMs });
    await this.load();
  }

  async revoke(code: string): Promise<void> {
    await this.#talk.request("invite.revoke", { code });
    await this.load();
  }

  clear(): void {
    this.list = [];
  }
}
