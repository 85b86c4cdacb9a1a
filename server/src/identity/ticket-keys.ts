import type { Clock, Random } from "@parley/protocol";
import type { TicketKey, TicketKeys } from "@parley/protocol/secure";
import { ConfigError } from "../config.ts";
import type { Log } from "../log.ts";
import { TICKETS } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { Sealer } from "./sealed.ts";

const HOUR_MS = 3600_000;

interface KeySet {
  readonly name: string;
  readonly pskOnly: boolean;
  readonly periodMs: number;
  /** Keys that still open tickets: the lifetime of a ticket in periods, and the current one. */
  readonly keep: number;
}

/**
 * A psk_only ticket lives 24 h; theft of its key uncovers recorded sessions, so the keys are short-lived. A psk_kem
 * ticket lives 7 days and its key uncovers nothing.
 */
const KEM: KeySet = { name: "kem", pskOnly: false, periodMs: 24 * HOUR_MS, keep: 8 };
const ONLY: KeySet = { name: "only", pskOnly: true, periodMs: 12 * HOUR_MS, keep: 3 };

const ID_BYTES = 4;
const KEY_BYTES = 32;
/** How soon a node knows the keys that another made, and makes the next ones itself. */
const REFRESH_MS = 60_000;

/**
 * Keys under which resumption tickets are sealed: the same on all nodes, kept in the store sealed under the
 * deployment's secret. Each period of time has a field of its own, claimed by whoever needs it first, so that nodes
 * which rotate at once agree.
 */
export class StoredTicketKeys implements TicketKeys {
  readonly #store: Pick<Kv, "hashGetAll" | "hashSetNx" | "hashDelete">;
  readonly #sealer: Sealer;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  #keys: { kem: TicketKey; only: TicketKey; all: ReadonlyMap<number, TicketKey> } | null = null;
  #cancel: () => void = () => {};
  #closed = false;

  private constructor(parts: TicketKeysParts) {
    this.#store = parts.store;
    this.#sealer = new Sealer(parts.secret, "tickets");
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#log = parts.log;
  }

  static async open(parts: TicketKeysParts): Promise<StoredTicketKeys> {
    const keys = new StoredTicketKeys(parts);
    await keys.refresh();
    keys.#refreshLater();
    return keys;
  }

  current(pskOnly: boolean): TicketKey {
    if (this.#keys === null) throw new Error("ticket keys were not loaded");
    return pskOnly ? this.#keys.only : this.#keys.kem;
  }

  find(id: Uint8Array): TicketKey | undefined {
    return id.length === ID_BYTES ? this.#keys?.all.get(numberOf(id)) : undefined;
  }

  /** Reads what other nodes made, makes what is missing, deletes what has expired. */
  async refresh(): Promise<void> {
    const now = this.#clock.now();
    const stored = await this.#store.hashGetAll(TICKETS);
    const all = new Map<number, TicketKey>();
    const expired: string[] = [];
    for (const [field, sealed] of Object.entries(stored)) {
      const set = field.startsWith(`${KEM.name}:`) ? KEM : ONLY;
      const age = periodOf(set, now) - Number(field.slice(set.name.length + 1));
      if (age >= set.keep) expired.push(field);
      else this.#hold(all, this.#open(set, sealed));
    }
    const kem = await this.#ensure(KEM, now, stored, all);
    const only = await this.#ensure(ONLY, now, stored, all);
    this.#keys = { kem, only, all };
    if (expired.length > 0) await this.#store.hashDelete(TICKETS, ...expired);
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  async #ensure(set: KeySet, now: number, stored: Record<string, string>, all: Map<number, TicketKey>) {
    const field = `${set.name}:${periodOf(set, now)}`;
    const known = this.#open(set, stored[field] ?? "");
    if (known !== null) return known;
    const made = this.#random.bytes(ID_BYTES + KEY_BYTES);
    const sealed = this.#sealer.seal(made);
    const won = await this.#store.hashSetNx(TICKETS, field, sealed);
    const key = this.#open(set, won ? sealed : ((await this.#store.hashGetAll(TICKETS))[field] ?? ""));
    if (key === null) {
      throw new ConfigError(
        "What the store holds is sealed under another deployment secret: restore the file `secret` of the data folder, or name it with --secret-file.",
      );
    }
    this.#hold(all, key);
    return key;
  }

  #open(set: KeySet, sealed: string): TicketKey | null {
    const bytes = this.#sealer.open(sealed);
    if (bytes === null || bytes.length !== ID_BYTES + KEY_BYTES) return null;
    return { id: bytes.subarray(0, ID_BYTES), key: bytes.subarray(ID_BYTES), pskOnly: set.pskOnly };
  }

  #hold(all: Map<number, TicketKey>, key: TicketKey | null): void {
    if (key !== null) all.set(numberOf(key.id), key);
  }

  #refreshLater(): void {
    this.#cancel = this.#clock.after(REFRESH_MS, () => {
      this.refresh()
        .catch((error: unknown) => this.#log.warn("ticket keys not refreshed", { error }))
        .finally(() => {
          if (!this.#closed) this.#refreshLater();
        });
    });
  }
}

export interface TicketKeysParts {
  readonly store: Pick<Kv, "hashGetAll" | "hashSetNx" | "hashDelete">;
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

function periodOf(set: KeySet, now: number): number {
  return Math.floor(now / set.periodMs);
}

function numberOf(id: Uint8Array): number {
  return new DataView(id.buffer, id.byteOffset, ID_BYTES).getUint32(0);
}
