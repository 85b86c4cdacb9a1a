import type { ClientState, Fingerprint, Protection, Refusal } from "@parley/protocol/client";
import { makeAutoObservable, observableRef } from "mobx";
import type { Talk } from "./talk.ts";

export type { Fingerprint, Protection, Refusal };

/** Warnings kept for a report; never content. */
const WARNINGS_MAX = 20;

/** The line to the server as people are told of it. */
export class Connection {
  state: ClientState = { name: "stopped" };
  protection: Protection | null = null;
  /** A replaced identity that a signed rotation led to; shown until it is dismissed. */
  rotated: { readonly from: Fingerprint; readonly to: Fingerprint } | null = null;
  /** What is shown is what the server has. */
  synced = false;
  warnings: readonly string[] = [];
  readonly #talk: Talk;

  constructor(talk: Talk) {
    this.#talk = talk;
    makeAutoObservable(this, {
      state: observableRef,
      protection: observableRef,
      rotated: observableRef,
      warnings: observableRef,
    });
  }

  get online(): boolean {
    return this.state.name === "online";
  }

  get refusal(): Refusal | null {
    return this.state.name === "refused" ? this.state.why : null;
  }

  /** Unix ms of the next attempt while waiting for one. */
  get retryAtMs(): number | null {
    return this.state.name === "waiting" ? this.state.retryAtMs : null;
  }

  apply(state: ClientState): void {
    this.state = state;
    this.protection = "protection" in state ? state.protection : null;
    if (state.name !== "online") this.synced = false;
  }

  applySynced(): void {
    this.synced = true;
  }

  applyWarning(what: string): void {
    this.warnings = [...this.warnings, what].slice(-WARNINGS_MAX);
  }

  applyRotation(rotation: { from: Fingerprint; to: Fingerprint }): void {
    this.rotated = rotation;
  }

  dismissRotation(): void {
    this.rotated = null;
  }

  reconnectNow(): void {
    this.#talk.reconnectNow();
  }

  async markVerified(): Promise<void> {
    await this.#talk.markVerified();
    this.refreshProtection();
  }

  refreshProtection(): void {
    this.protection = this.#talk.protection;
  }

  /** Only for a person who has compared the new fingerprint. */
  async trustNewIdentity(): Promise<void> {
    await this.#talk.resetPin();
  }
}
