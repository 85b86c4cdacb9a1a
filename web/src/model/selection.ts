import { limits } from "@parley/protocol";
import { makeAutoObservable, observable } from "mobx";

/** Messages that are picked to be done something with; empty and on: the first one is still to be picked. */
export class Selection {
  on = false;
  readonly #seqs = observable.set<number>();

  constructor() {
    makeAutoObservable(this);
  }

  /** Ascending. */
  get seqs(): readonly number[] {
    return [...this.#seqs].sort((a, b) => a - b);
  }

  has(seq: number | undefined): boolean {
    return seq !== undefined && this.#seqs.has(seq);
  }

  begin(seq: number): void {
    this.on = true;
    this.#seqs.add(seq);
  }

  toggle(seq: number): void {
    if (this.#seqs.delete(seq)) return;
    if (this.#seqs.size < limits.SEQS_MAX) this.#seqs.add(seq);
  }

  end(): void {
    this.on = false;
    this.#seqs.clear();
  }
}
