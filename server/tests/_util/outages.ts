import type { Witness } from "./witness.ts";

/** How long somebody was not online, each time. */
export class Outages {
  readonly #times: number[] = [];
  readonly #end: () => void;
  #since: number | null = null;

  constructor({ client }: Witness) {
    this.#end = client.on("state", ({ name }) => {
      if (name !== "online") this.#since ??= performance.now();
      else if (this.#since !== null) {
        this.#times.push(Math.round(performance.now() - this.#since));
        this.#since = null;
      }
    });
  }

  end(): readonly number[] {
    this.#end();
    return this.#times;
  }
}
