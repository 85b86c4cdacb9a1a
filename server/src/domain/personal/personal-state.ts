import type { Clock, Notice, UserId } from "@parley/protocol";
import { applyWrite, drawVersion, presentValues, readVersioned, type VersionedWrite } from "../../records/versioned.ts";
import { userDrafts, userPrefs, userSettings, userStars } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Inbox } from "../inbox/inbox.ts";

const AREAS = { settings: userSettings, prefs: userPrefs, drafts: userDrafts, stars: userStars } as const;
export type Area = keyof typeof AREAS;

export const areaKey = (area: Area, userId: UserId) => AREAS[area](userId);

/** A deed: one write of one person's state, and its notice. */
export interface PersonalArgs {
  readonly userId: UserId;
  readonly area: Area;
  readonly write: VersionedWrite;
  readonly notice: Notice;
}

export interface PersonalStateParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly inbox: Inbox;
  /** Runs the deed `apply` behind an intent. */
  readonly deed: (args: PersonalArgs) => Promise<void>;
}

export interface PersonalWrite {
  readonly area: Area;
  readonly subject: string;
  /** Null removes it. */
  readonly value: string | null;
  /** What the other devices are told. */
  readonly notice: (version: number) => Notice;
  /** Refuses by throwing; `present` are all values of the area, before. */
  readonly admit?: (present: ReadonlyMap<string, string>) => void;
}

/** What one person's devices agree on: settings, preferences of chats, drafts and stars. */
export class PersonalState {
  readonly #parts: PersonalStateParts;

  constructor(parts: PersonalStateParts) {
    this.#parts = parts;
  }

  /** Answers the version; that of the value as it is when nothing changes. */
  async put(userId: UserId, { area, subject, value, notice, admit }: PersonalWrite): Promise<number> {
    const { store, clock, deed } = this.#parts;
    const now = clock.now();
    const key = areaKey(area, userId);
    const { latest, outdated } = await readVersioned(store, key, now);
    const known = latest.get(subject);
    if (known !== undefined && known.value === value) return known.version;
    admit?.(presentValues(latest));
    const version = await drawVersion(store, key);
    const write: VersionedWrite = {
      subject,
      version,
      value,
      at: now,
      outdated: known === undefined ? outdated : [...outdated, `${subject}#${known.version}`],
    };
    await deed({ userId, area, write, notice: notice(version) });
    return version;
  }

  async apply({ userId, area, write, notice }: PersonalArgs): Promise<void> {
    const { store, inbox } = this.#parts;
    await applyWrite(store, areaKey(area, userId), write);
    await inbox.put(userId, notice);
  }

  async present(userId: UserId, area: Area): Promise<Map<string, string>> {
    const { store, clock } = this.#parts;
    return presentValues((await readVersioned(store, areaKey(area, userId), clock.now())).latest);
  }
}
