import type { Device, Limits, Result, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import type { ClientState, SignedOutReason } from "@parley/protocol/client";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { Talk } from "./talk.ts";

/** Who is signed in on this device, and the deeds of an account. Failures are thrown to the form that asked. */
export class Session {
  /** Known from storage before the network answers; undefined until the storage is read. */
  userId: UserId | null | undefined = undefined;
  /** Why there is no session. */
  signedOutWhy: SignedOutReason | null = null;
  node: Pick<Result<"node.info">, "name" | "registration"> | null = null;
  /** What the server said at sign-in; until then what this version was built with. */
  textBytesMax: number = limits.TEXT_MAX_BYTES;
  devices: readonly Device[] = [];
  /** The browser is being emptied: until that is done nobody shall think that nothing is left. */
  leaving = false;
  readonly #talk: Talk;

  constructor(talk: Talk) {
    this.#talk = talk;
    makeAutoObservable(this, { devices: observableRef, node: observableRef });
  }

  get phase(): "starting" | "signedOut" | "signedIn" | "leaving" {
    if (this.leaving) return "leaving";
    if (this.userId === undefined) return "starting";
    return this.userId === null ? "signedOut" : "signedIn";
  }

  apply(state: ClientState): void {
    if (state.name === "stopped" || state.name === "loading") return;
    this.learnUser();
    this.signedOutWhy = state.name === "signedOut" ? state.why : null;
    if (this.userId === null) {
      this.devices = [];
    }
    if (state.name === "online") this.#learnLimits(state.account.server.limits);
  }

  learnUser(): void {
    this.userId = this.#talk.userId;
  }

  #learnLimits(told: Limits): void {
    this.textBytesMax = told.textBytes;
  }

  /** Connects, so that the protection is known before a password is typed. */
  async prepare(): Promise<void> {
    await this.#talk.prepare();
    const node = await this.#talk.request("node.info", {});
    runInAction(() => {
      this.node = node;
    });
  }

  async signIn(handle: string, password: string): Promise<void> {
    await this.#talk.signIn({ handle, password });
  }

  async register(handle: string, password: string, displayName: string): Promise<void> {
    await this.#talk.register({ handle, password, ...(displayName === "" ? {} : { displayName }) });
  }

  async signOut(): Promise<void> {
    this.leaving = true;
    try {
      await this.#talk.signOut();
    } finally {
      runInAction(() => {
        this.leaving = false;
      });
    }
  }

  async loadDevices(): Promise<void> {
    const { devices } = await this.#talk.request("account.devices", {});
    runInAction(() => {
      this.devices = devices.toSorted((a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt - a.lastSeenAt);
    });
  }

  async revokeDevice(deviceId: string): Promise<void> {
    await this.#talk.request("account.revokeDevice", { deviceId });
    await this.loadDevices();
  }

  async revokeOthers(): Promise<void> {
    await this.#talk.request("account.revokeOthers", {});
    await this.loadDevices();
  }

  async changePassword(password: string, newPassword: string): Promise<void> {
    await this.#talk.request("account.changePassword", { password, newPassword });
  }
}
