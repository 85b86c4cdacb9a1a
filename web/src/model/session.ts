import type { CodePurpose, Device, Limits, Result, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import type { ClientState, NewAccount, SignedOutReason } from "@parley/protocol/client";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { Talk } from "./talk.ts";

/** A code in the address: an invite to the server, or what makes the first account its owner. */
export interface Arrival {
  readonly code: string;
  readonly owner: boolean;
}

/** Who is signed in on this device, and the deeds of an account. Failures are thrown to the form that asked. */
export class Session {
  /** Known from storage before the network answers; undefined until the storage is read. */
  userId: UserId | null | undefined = undefined;
  /** Why there is no session. */
  signedOutWhy: SignedOutReason | null = null;
  node: Result<"node.info"> | null = null;
  /** Of a link that somebody came by, until they have an account. */
  arrival: Arrival | null = null;
  /** What the server said at sign-in; until then what this version was built with. */
  textBytesMax: number = limits.TEXT_MAX_BYTES;
  /** How long people may retract and edit what they wrote. */
  retractMs: number = limits.RETRACT_WINDOW_MS;
  devices: readonly Device[] = [];
  /** The browser is being emptied: until that is done nobody shall think that nothing is left. */
  leaving = false;
  readonly #talk: Talk;

  constructor(talk: Talk) {
    this.#talk = talk;
    makeAutoObservable(this, { devices: observableRef, node: observableRef, arrival: observableRef });
  }

  /** Why somebody who did not sign out by themselves is out; null otherwise. */
  get endedWhy(): Exclude<SignedOutReason, "new" | "signedOut"> | null {
    const why = this.signedOutWhy;
    return why === "new" || why === "signedOut" ? null : why;
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
    // Who has an account needs no way in.
    if (this.userId !== null) this.arrival = null;
  }

  #learnLimits(told: Limits): void {
    this.textBytesMax = told.textBytes;
    this.retractMs = told.retractMs;
  }

  /** Connects, so that the protection is known before a password is typed. */
  async prepare(): Promise<void> {
    await this.#talk.prepare();
    await this.learnNode();
  }

  /** What the server is and allows. */
  async learnNode(): Promise<void> {
    const node = await this.#talk.request("node.info", {});
    runInAction(() => {
      this.node = node;
    });
  }

  async signIn(handle: string, password: string): Promise<void> {
    await this.#talk.signIn({ handle, password });
  }

  async register(account: NewAccount): Promise<void> {
    await this.#talk.register(account);
  }

  arrive(arrival: Arrival | null): void {
    this.arrival = arrival;
  }

  /** Answers after how long the next code may be asked for. */
  async requestCode(purpose: CodePurpose, email: string): Promise<number> {
    const { resendAfterMs } = await this.#talk.requestCode(purpose, email);
    return resendAfterMs;
  }

  async signInByCode(email: string, code: string): Promise<void> {
    await this.#talk.signInByCode({ email, code });
  }

  async resetPassword(email: string, code: string, newPassword: string): Promise<void> {
    await this.#talk.resetPassword({ email, code, newPassword });
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
