import type { EphemeralShare, Pin, StoredTicket, Subprotocol } from "../secure/index.ts";
import { chooseSubprotocols } from "../secure/index.ts";
import type { ClientOptions } from "./options.ts";
import type { Pins } from "./pins.ts";
import type { Session } from "./session.ts";
import type { Refusal } from "./state.ts";
import type { Tickets } from "./tickets.ts";

/** Everything that has to be ready before a socket is opened. */
export interface Dial {
  readonly subprotocols: readonly Subprotocol[];
  readonly pin: Pin | null;
  readonly ticket: StoredTicket | null;
  readonly share: EphemeralShare;
}

/** Decides how to dial from the URL, the pin and the session alone; nothing that a server says changes it. */
export class Dialer {
  readonly #options: ClientOptions;
  readonly #pins: Pins;
  readonly #tickets: Tickets;

  constructor(options: ClientOptions, pins: Pins, tickets: Tickets) {
    this.#options = options;
    this.#pins = pins;
    this.#tickets = tickets;
  }

  async prepare(session: Session | null, useTicket: boolean): Promise<Dial | { readonly refusal: Refusal }> {
    const { url, channel = {}, crypto } = this.#options;
    await this.#pins.load(channel.expectedFingerprint);
    const setting = { imsc: channel.setting ?? "auto", dev: channel.clearLoopback ?? false };
    const offer = chooseSubprotocols(url, setting, this.#pins.forMode);
    if ("refused" in offer) {
      return { refusal: { reason: offer.refused === "tls_required" ? "tlsRequired" : "unsupported" } };
    }
    const pin = this.#pins.forChannel;
    const ticket =
      useTicket && pin && session ? await this.#tickets.take(session.account.deviceId, pin.fingerprint) : null;
    // With a ticket the exchange only adds forward secrecy, which X25519 does a hundred times cheaper than a new RSA key.
    const share = await crypto.generateShare(ticket ? "x25519" : (channel.kem ?? "rsa2048"));
    return { subprotocols: offer.subprotocols, pin, ticket, share };
  }
}
