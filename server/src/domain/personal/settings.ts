import type { Clock } from "@parley/protocol";
import { limits, type Params, ReplyError, type Setting, type UserId } from "@parley/protocol";
import { jsonBytes, readVersioned } from "../../records/versioned.ts";
import { userSettings } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { PersonalState } from "./personal-state.ts";

/** Settings of a person; the server knows no meaning of them. */
export class Settings {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #personal: PersonalState;

  constructor(store: Kv, clock: Clock, personal: PersonalState) {
    this.#store = store;
    this.#clock = clock;
    this.#personal = personal;
  }

  async get(userId: UserId): Promise<Setting[]> {
    const { latest } = await readVersioned(this.#store, userSettings(userId), this.#clock.now());
    const settings: Setting[] = [];
    for (const [key, { version, value }] of latest) if (value !== null) settings.push({ key, value, version });
    return settings.slice(0, limits.SETTINGS_MAX);
  }

  set(userId: UserId, { key, value }: Params<"settings.set">): Promise<number> {
    if (!isJson(value)) throw new ReplyError("INVALID_PARAMS", { message: "The value is no JSON text" });
    return this.#personal.put(userId, {
      area: "settings",
      subject: key,
      value,
      notice: (version) => ({ kind: "setting", setting: { key, value, version } }),
      admit: (present) => {
        const all = new Map([...present, [key, value]]);
        // One reply holds them all.
        if (all.size > limits.SETTINGS_MAX || jsonBytes(all.values()) > limits.REPLY_MAX_BYTES) {
          throw new ReplyError("LIMIT_REACHED");
        }
      },
    });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
