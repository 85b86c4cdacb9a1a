import type { Clock } from "../platform.ts";
import type { Pin, PresentedIdentity } from "../secure/index.ts";
import type { ClientStorage } from "./storage.ts";

/** A pin as kept: an address that was only reached by plain TLS has no fingerprint yet, but must stay with TLS. */
interface PinRecord extends Omit<Pin, "fingerprint"> {
  readonly fingerprint: string | null;
}

/** What is remembered of the server at one address. */
export class Pins {
  readonly #storage: ClientStorage;
  readonly #clock: Clock;
  readonly #key: string;
  readonly #tls: boolean;
  #record: PinRecord | null = null;

  constructor(storage: ClientStorage, clock: Clock, url: string) {
    const { host, protocol } = new URL(url);
    this.#storage = storage;
    this.#clock = clock;
    this.#key = `pin:${host}`;
    this.#tls = protocol === "wss:";
  }

  /** Read anew before each connection: another tab may have met the server since. */
  async load(expectedFingerprint?: string): Promise<void> {
    const record = ((await this.#storage.get("meta", this.#key)) ?? null) as PinRecord | null;
    const expected = expectedFingerprint !== undefined && record?.fingerprint !== expectedFingerprint;
    // A link that carried a fingerprint is believed before an identity that nobody compared, but after a verified one.
    if (!expected || record?.verified) this.#record = record;
    else this.#record = { ...(record ?? this.#fresh()), fingerprint: expectedFingerprint, verified: true };
  }

  /** For the choice of the mode, which needs no fingerprint. */
  get forMode(): Pin | null {
    return this.#record && { ...this.#record, fingerprint: this.#record.fingerprint ?? "" };
  }

  /** For the handshake. */
  get forChannel(): Pin | null {
    const record = this.#record;
    return record === null || record.fingerprint === null ? null : { ...record, fingerprint: record.fingerprint };
  }

  /** The channel has proved `identity`, or is TLS alone (null). */
  async met(identity: PresentedIdentity | null, requireImsc: boolean): Promise<void> {
    const old = this.#record ?? this.#fresh();
    const next: PinRecord = {
      ...old,
      fingerprint: identity?.fingerprint ?? old.fingerprint,
      tlsSeen: old.tlsSeen || this.#tls,
      requireImsc: old.requireImsc || requireImsc,
    };
    await this.#save(next);
  }

  async verify(): Promise<void> {
    if (this.#record?.fingerprint != null) await this.#save({ ...this.#record, verified: true });
  }

  async forget(): Promise<void> {
    this.#record = null;
    await this.#storage.write([{ table: "meta", key: this.#key, remove: true }]);
  }

  #fresh(): PinRecord {
    return { fingerprint: null, firstSeenAt: this.#clock.now(), verified: false, tlsSeen: false, requireImsc: false };
  }

  async #save(record: PinRecord): Promise<void> {
    this.#record = record;
    await this.#storage.write([{ table: "meta", key: this.#key, value: record }]);
  }
}
