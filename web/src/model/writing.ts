import { makeAutoObservable, observableRef } from "mobx";
import type { TextMessage } from "./message.ts";

/** What the composer is at, beside plain writing. */
export type Task =
  | { readonly name: "reply"; readonly to: TextMessage }
  /** `before`: the draft that stood in the composer, to be put back. */
  | { readonly name: "edit"; readonly message: TextMessage; readonly before: string };

export class Writing {
  task: Task | null = null;
  /** Bumped when the composer is to take the focus. */
  calls = 0;

  constructor() {
    makeAutoObservable(this, { task: observableRef });
  }

  begin(task: Task): void {
    this.task = task;
    this.calls += 1;
  }

  end(): void {
    this.task = null;
  }
}
