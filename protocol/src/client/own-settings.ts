import { SETTINGS_MAX } from "../limits.ts";
import type { Setting } from "../schema/settings.ts";
import type { ClientStorage } from "./storage.ts";

export const SETTINGS_KEY = "settings";

interface Kept {
  readonly settings: readonly Setting[];
  /** The server was asked for all of them. */
  readonly complete: boolean;
}

export interface OwnSettingsOut {
  changed(key: string, value: unknown): void;
  mayWrite(): boolean;
  warning(what: string): void;
}

/** The user's settings on all devices: JSON values by key, the highest version of each counts. */
export class OwnSettings {
  readonly #storage: ClientStorage;
  readonly #out: OwnSettingsOut;
  readonly #known = new Map<string, Setting>();
  /** Wished here, and not yet the server's. */
  readonly #wished = new Map<string, string>();
  #complete = false;

  constructor(storage: ClientStorage, out: OwnSettingsOut) {
    this.#storage = storage;
    this.#out = out;
  }

  /** Whether nothing but notices is needed from here on. */
  get complete(): boolean {
    return this.#complete;
  }

  get values(): ReadonlyMap<string, unknown> {
    const values = new Map<string, unknown>();
    for (const key of [...this.#known.keys(), ...this.#wished.keys()]) values.set(key, this.#value(key));
    return values;
  }

  async load(): Promise<void> {
    const kept = (await this.#storage.get("meta", SETTINGS_KEY)) as Kept | undefined;
    this.#complete = kept?.complete ?? false;
    for (const setting of kept?.settings ?? []) this.#known.set(setting.key, setting);
  }

  learn(settings: readonly Setting[], how: { complete: boolean }): void {
    const changed: string[] = [];
    if (how.complete) {
      this.#complete = true;
      const there = new Set(settings.map(({ key }) => key));
      for (const [key, { version }] of this.#known) {
        if (version > 0 || there.has(key)) continue;
        this.#known.delete(key);
        if (!this.#wished.has(key)) changed.push(key);
      }
    }
    for (const setting of settings) {
      const { key, version } = setting;
      const known = this.#known.get(key);
      if (version <= (known?.version ?? 0)) continue;
      if (known === undefined && this.#known.size >= 2 * SETTINGS_MAX) continue;
      this.#known.set(key, setting);
      if (!this.#wished.has(key) && known?.value !== setting.value) changed.push(key);
    }
    this.save();
    for (const key of changed) this.#out.changed(key, this.#value(key));
  }

  wish(key: string, value: string): void {
    if (this.#wished.get(key) === value) return;
    this.#wished.set(key, value);
    this.#out.changed(key, this.#value(key));
  }

  /** What the server has is shown again. */
  unwish(key: string): void {
    const wished = this.#wished.get(key);
    this.#wished.delete(key);
    if (wished !== this.#known.get(key)?.value) this.#out.changed(key, this.#value(key));
  }

  /** The store may have lost the newest versions: all are asked for again. */
  forgetVersions(): void {
    this.#complete = false;
    for (const [key, setting] of this.#known) this.#known.set(key, { ...setting, version: 0 });
    this.save();
  }

  save(): void {
    if (!this.#out.mayWrite()) return;
    const value: Kept = { settings: [...this.#known.values()], complete: this.#complete };
    this.#storage
      .write([{ table: "meta", key: SETTINGS_KEY, value }])
      .catch((error: unknown) => this.#out.warning(`settings: ${String(error)}`));
  }

  /** Undefined when no device has set it, or it is not JSON. */
  #value(key: string): unknown {
    const text = this.#wished.get(key) ?? this.#known.get(key)?.value;
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }
}
