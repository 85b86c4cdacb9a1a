import { makeAutoObservable, runInAction } from "mobx";
import type { Recorder, RunningRecorder } from "./recorder.ts";
import type { PickedFile } from "./sending-file.ts";

/** A longer one is a file of its own. */
const LENGTH_MAX_MS = 30 * 60_000;
/** Of a waveform, a byte each. */
const STRETCHES = 96;
/** Shorter than that was a slip. */
const LENGTH_MIN_MS = 500;

/** A voice message while it is spoken. */
export class Recording {
  state: "asking" | "recording" | "refused" | "ended" = "asking";
  lengthMs = 0;
  loudness = 0;
  readonly #now: () => number;
  readonly #heard: number[] = [];
  #startedAt = 0;
  #running: RunningRecorder | null = null;

  constructor(now: () => number) {
    this.#now = now;
    makeAutoObservable(this);
  }

  async begin(recorder: Recorder): Promise<void> {
    try {
      const running = await recorder.begin((loudness) => this.hear(loudness));
      runInAction(() => {
        if (this.state === "ended") return running.cancel();
        this.#running = running;
        this.#startedAt = this.#now();
        this.state = "recording";
      });
    } catch {
      runInAction(() => {
        this.state = "refused";
      });
    }
  }

  hear(loudness: number): void {
    if (this.state !== "recording") return;
    this.#heard.push(loudness);
    this.loudness = loudness;
    this.lengthMs = Math.min(LENGTH_MAX_MS, this.#now() - this.#startedAt);
  }

  /** At its end, it goes. */
  get full(): boolean {
    return this.lengthMs >= LENGTH_MAX_MS;
  }

  cancel(): void {
    if (this.state === "ended") return;
    this.state = "ended";
    this.#running?.cancel();
  }

  /** Null for a slip of the finger. */
  async finish(name: string): Promise<PickedFile | null> {
    const running = this.#running;
    const durationMs = this.#now() - this.#startedAt;
    if (this.state !== "recording" || running === null) return null;
    this.state = "ended";
    if (durationMs < LENGTH_MIN_MS) {
      running.cancel();
      return null;
    }
    const blob = await running.stop();
    const ending = blob.type.includes("mp4") ? "m4a" : blob.type.includes("ogg") ? "ogg" : "weba";
    const voice = { durationMs: Math.round(durationMs), waveform: waveformOf(this.#heard) };
    return { name: `${name}.${ending}`, blob, voice };
  }
}

/** The loudest of each stretch; the loudest of all fills the height. */
export function waveformOf(heard: readonly number[]): string {
  const stretches = Math.max(1, Math.min(STRETCHES, heard.length));
  const loudest = Math.max(0.05, ...heard.slice(0, 60_000));
  let bytes = "";
  for (let at = 0; at < stretches; at += 1) {
    const from = Math.floor((at * heard.length) / stretches);
    const to = Math.max(from + 1, Math.floor(((at + 1) * heard.length) / stretches));
    const most = Math.max(0, ...heard.slice(from, to));
    bytes += String.fromCharCode(Math.round(255 * Math.min(1, most / loudest)));
  }
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
