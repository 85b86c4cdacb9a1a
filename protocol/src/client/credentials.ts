import type { StoredTicket } from "../secure/index.ts";
import { forgetSession, loadSession, type Session, saveSession } from "./session.ts";
import type { ClientStorage } from "./storage.ts";
import type { Tickets } from "./tickets.ts";

/** Tickets that may come before the reply to the sign-in that they belong to. */
const EARLY_TICKETS_MAX = 4;

/** What lets this device in again: its session, and the tickets that go with it. */
export class Credentials {
  readonly #storage: ClientStorage;
  readonly #tickets: Tickets;
  readonly #failed: (error: unknown) => void;
  readonly #early: StoredTicket[] = [];
  #session: Session | null = null;

  constructor(storage: ClientStorage, tickets: Tickets, failed: (error: unknown) => void) {
    this.#storage = storage;
    this.#tickets = tickets;
    this.#failed = failed;
  }

  get session(): Session | null {
    return this.#session;
  }

  async load(): Promise<Session | null> {
    this.#session = await loadSession(this.#storage);
    return this.#session;
  }

  /** Goes on without the storage if that fails: this process is signed in all the same. */
  async keep(session: Session): Promise<void> {
    this.#session = session;
    for (const ticket of this.#early.splice(0)) this.keepTicket(ticket);
    await saveSession(this.#storage, session).catch(this.#failed);
  }

  keepTicket(ticket: StoredTicket): void {
    if (this.#session) this.#tickets.keep(this.#session.account.deviceId, ticket).catch(this.#failed);
    else if (this.#early.length < EARLY_TICKETS_MAX) this.#early.push(ticket);
  }

  /** The link on which they came is gone, and the sign-in with it. */
  dropEarlyTickets(): void {
    this.#early.length = 0;
  }

  /** At once for this process; the storage follows. */
  async forget(): Promise<void> {
    this.#session = null;
    await this.#tickets.forget();
    await forgetSession(this.#storage);
  }
}
