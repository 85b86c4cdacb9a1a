import type { Call, CallId } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { Calls } from "./calls/calls.ts";

/**
 * What this page can do; what rings is shown in any case, since the person may answer elsewhere. `insecure`: the page came over plain http, and browsers lend such
 * pages no microphone. `missing`: the browser has no calls.
 */
export type CallsAble = "yes" | "insecure" | "missing";

/** The way to calls, whose code comes with the first one, or when somebody is there and the page has come to rest. */
export class CallsDoor {
  calls: Calls | null = null;
  readonly able: CallsAble;
  readonly #fetch: () => Promise<Calls>;
  #opening: Promise<Calls> | null = null;

  constructor(able: CallsAble, fetch: () => Promise<Calls>) {
    this.able = able;
    this.#fetch = fetch;
    makeAutoObservable(this, { able: false, calls: observableRef });
  }

  /** May fail, as what is fetched may; then it is tried again. */
  open(): Promise<Calls> {
    this.#opening ??= this.#fetch().then(
      (calls) => {
        runInAction(() => {
          this.calls = calls;
        });
        return calls;
      },
      (error: unknown) => {
        this.#opening = null;
        throw error;
      },
    );
    return this.#opening;
  }

  apply(call: Call): void {
    if (this.calls !== null) this.calls.apply(call);
    // It looks at all that is known when it comes.
    else if (call.state !== "ended") void this.open().catch(() => {});
  }

  remove(callId: CallId): void {
    this.calls?.remove(callId);
  }

  clear(): void {
    this.calls?.clear();
  }
}

/** For an app without a page. */
export const noCalls = (): CallsDoor => new CallsDoor("missing", () => Promise.reject(new Error("No calls.")));
