import type { CallTrack } from "@parley/protocol/client";
import { makeAutoObservable, observable, runInAction } from "mobx";
import type { CallDevice } from "./call-device.ts";
import type { Tile } from "./tiles.ts";

/** Louder is speech. */
const SPEECH = 0.08;
/** Between two words nobody has stopped speaking. */
const HOLD_MS = 900;
/** Who speaks is shown large; not everybody who coughs. */
const LEAD_MS = 1_500;

/** Who speaks now, and who spoke last for long enough to be looked at. */
export class Speakers {
  /** Keys of tiles. */
  readonly speaking = observable.set<string>();
  active: string | null = null;
  readonly #device: Pick<CallDevice, "meter">;
  readonly #now: () => number;
  readonly #meters = new Map<string, { readonly track: CallTrack; readonly end: () => void }>();
  readonly #heardAt = new Map<string, number>();
  #activeAt = Number.NEGATIVE_INFINITY;

  constructor(device: Pick<CallDevice, "meter">, now: () => number) {
    this.#device = device;
    this.#now = now;
    makeAutoObservable(this, { speaking: false });
  }

  /** Listens to these from now on. */
  follow(tiles: readonly Tile[]): void {
    const heard = new Map(tiles.filter(({ own, kind }) => !own && kind === "camera").map((tile) => [tile.key, tile]));
    for (const [key, { track, end }] of this.#meters) {
      if (heard.get(key)?.audio === track) continue;
      end();
      this.#meters.delete(key);
      this.#silence(key);
    }
    for (const [key, { audio }] of heard) {
      if (audio === undefined || this.#meters.has(key)) continue;
      const end = this.#device.meter(audio, (loudness) => runInAction(() => this.#hear(key, loudness)));
      this.#meters.set(key, { track: audio, end });
    }
    if (this.active !== null && !heard.has(this.active)) this.active = null;
  }

  close(): void {
    this.follow([]);
  }

  #hear(key: string, loudness: number): void {
    const now = this.#now();
    if (loudness < SPEECH) {
      if (now - (this.#heardAt.get(key) ?? 0) > HOLD_MS) this.#silence(key);
      return;
    }
    this.#heardAt.set(key, now);
    this.speaking.add(key);
    if (this.active === key) this.#activeAt = now;
    else if (now - this.#activeAt > LEAD_MS) {
      this.active = key;
      this.#activeAt = now;
    }
  }

  #silence(key: string): void {
    this.speaking.delete(key);
  }
}
