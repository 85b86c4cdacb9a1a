import type { DeviceId } from "../ids.ts";
import type { Clock } from "../platform.ts";
import type { StoredTicket } from "../secure/index.ts";
import type { ClientStorage } from "./storage.ts";

/** The server gives two at sign-in and one at each resumption; more would only pile up. */
const TICKETS_MAX = 4;
const KEY = "tickets";

/** A ticket that arrived late must not sign in whoever uses this storage next. */
interface KeptTicket extends StoredTicket {
  readonly deviceId: DeviceId;
}

/** Tickets of this session. Each is deleted from the storage before it is used: never twice, so connections cannot be linked. */
export class Tickets {
  readonly #storage: ClientStorage;
  readonly #clock: Clock;
  /** One change at a time: reading and writing the list are two steps. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(storage: ClientStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  take(deviceId: DeviceId, fingerprint: string): Promise<StoredTicket | null> {
    return this.#inTurn(async () => {
      const tickets = await this.#load();
      const index = tickets.findIndex((kept) => kept.fingerprint === fingerprint && kept.deviceId === deviceId);
      if (index < 0) return null;
      const [ticket] = tickets.splice(index, 1);
      await this.#save(tickets);
      return ticket ?? null;
    });
  }

  keep(deviceId: DeviceId, ticket: StoredTicket): Promise<void> {
    return this.#inTurn(async () => {
      const others = await this.#load();
      await this.#save([{ ...ticket, deviceId }, ...others].slice(0, TICKETS_MAX));
    });
  }

  forget(): Promise<void> {
    return this.#inTurn(() => this.#storage.write([{ table: "meta", key: KEY, remove: true }]));
  }

  async #load(): Promise<KeptTicket[]> {
    const tickets = ((await this.#storage.get("meta", KEY)) ?? []) as KeptTicket[];
    return tickets.filter((ticket) => ticket.expiresAt > this.#clock.now());
  }

  #save(tickets: readonly KeptTicket[]): Promise<void> {
    return this.#storage.write([{ table: "meta", key: KEY, value: tickets }]);
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(job, job);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
