import type { Random } from "@parley/protocol";
import { seededRandom } from "../_util/virtual-time.ts";

/** What may go wrong by itself: how likely it is whenever it could. */
export const CHANCES = {
  /** The line goes while a frame is sent. */
  "frame cuts the link": 0.008,
  /** From this frame on nothing arrives in this direction, and nobody is told. */
  "link half open": 0.003,
  "frame late": 0.1,
  "command lost": 0.003,
  /** Applied, and not answered. */
  "answer lost": 0.003,
  "command late": 0.03,
  /** The node stops for a while just when it has sent a command, and its links may break meanwhile. */
  "node paused at a command": 0.0015,
  /** The same at the most delicate moment: it has claimed an id, and has not pushed the entry yet. */
  "node paused at a claim": 0.05,
  "node dies at a command": 0.0003,
  /** Longer than its term: another one leads when it goes on. */
  "leader paused": 0.05,
  /** The lease of the term is gone: a second node leads beside the first. */
  "two leaders": 0.1,
  "bus message lost": 0.1,
  "bus message late": 0.1,
  "bus message twice": 0.05,
  /** A device dies between two changes of one write to its storage. */
  "device dies at a write": 0.002,
} as const;

/** What a story brings about on purpose, one at a time. */
export const BLOWS = {
  "node crashes": 6,
  "device crashes": 5,
  "node paused": 4,
  "device paused": 3,
  "link cut": 4,
  "link clogged": 3,
  "bus cut": 3,
  "store slow": 2,
  "store fails over": 1,
} as const;

export type Blow = keyof typeof BLOWS;
export type FaultKind = keyof typeof CHANCES | Blow;
export const FAULT_KINDS = [...Object.keys(CHANCES), ...Object.keys(BLOWS)] as readonly FaultKind[];

/** Of the faults of one kind in one story: most stories have some kinds much and others not at all, which finds more. */
const WEIGHTS = [0, 0.3, 1, 1, 3] as const;

/** Something that a story can be told without: see shrink.ts. */
export interface Event {
  /** The same whenever the same seed is told, also without some of the other events. */
  readonly id: string;
  /** Null: something that people did. */
  readonly kind: FaultKind | null;
  readonly atMs: number;
  readonly text: string;
}

/**
 * Chance in streams: each place where something may happen draws from its own, so that a story told without one event
 * goes on as before at all other places.
 */
export class Chance {
  readonly #seed: number;
  readonly #streams = new Map<string, Random>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The stream of this name, which goes on where it was. */
  of(name: string): Random {
    const stream = this.#streams.get(name) ?? this.anew(name);
    this.#streams.set(name, stream);
    return stream;
  }

  anew(name: string): Random {
    return seededRandom(hash(`${this.#seed} ${name}`));
  }
}

/** Decides what goes wrong, and remembers it. */
export class Faults {
  /** Nothing goes wrong by itself while it is false. */
  raging = false;
  readonly counts = new Map<FaultKind, number>();
  readonly events: Event[] = [];
  readonly #chance: Chance;
  readonly #now: () => number;
  readonly #only: ReadonlySet<string> | null;
  readonly #weights = new Map<FaultKind, number>();
  readonly #occasions = new Map<string, number>();

  /** `only`: ids of the events that may happen; null: all. */
  constructor(chance: Chance, now: () => number, only: ReadonlySet<string> | null) {
    this.#chance = chance;
    this.#now = now;
    this.#only = only;
    for (const kind of FAULT_KINDS) {
      const lot = chance.anew(`weight of ${kind}`).fraction();
      this.#weights.set(kind, WEIGHTS[Math.floor(lot * WEIGHTS.length)] ?? 1);
    }
  }

  weight(kind: FaultKind): number {
    return this.#weights.get(kind) ?? 1;
  }

  /** Null mostly. Else it happens here and now, and the answer decides how bad it is. */
  strike(kind: keyof typeof CHANCES, where: string): Random | null {
    if (!this.raging) return null;
    const place = `${kind} ${where}`;
    if (this.#chance.of(place).fraction() >= CHANCES[kind] * this.weight(kind)) return null;
    const occasion = (this.#occasions.get(place) ?? 0) + 1;
    this.#occasions.set(place, occasion);
    const id = `${place} #${occasion}`;
    if (!this.allows(id)) return null;
    this.happened(kind, { id, text: `${kind}: ${where}` });
    return this.#chance.anew(id);
  }

  allows(id: string): boolean {
    return this.#only === null || this.#only.has(id);
  }

  happened(kind: FaultKind | null, event: Pick<Event, "id" | "text">): void {
    if (kind !== null) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.events.push({ ...event, kind, atMs: this.#now() });
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
