import type { ClientSocket, SocketEvents } from "@parley/protocol/client";
import { SUBPROTOCOL_SEALED } from "@parley/protocol/secure";
import type { Wire } from "../../src/gateway/wire.ts";
import type { World } from "./world.ts";

/** What a node offers to a link. */
export interface Acceptor {
  accept(wire: Wire): Accepted;
}

export interface Accepted {
  received(frame: Uint8Array, binary: boolean): void;
  disconnected(): void;
}

const LOST = 1006;

/** One TCP connection: keeps the order in each direction, may be slow, and may be gone without either side knowing yet. */
export class SimulatedLink {
  readonly #world: World;
  readonly #events: SocketEvents;
  readonly #isClientAlive: () => boolean;
  #server: Accepted | null = null;
  #isServerAlive: () => boolean = () => false;
  #cut = false;
  #toServerAt = 0;
  #toClientAt = 0;
  #drained = 0;

  constructor(world: World, events: SocketEvents, isClientAlive: () => boolean) {
    this.#world = world;
    this.#events = events;
    this.#isClientAlive = isClientAlive;
  }

  /** `acceptor` is null when nobody listens. */
  dial(acceptor: Acceptor | null, isServerAlive: () => boolean): ClientSocket {
    this.#isServerAlive = isServerAlive;
    this.#towardsClient(() => {
      if (acceptor === null || !isServerAlive()) {
        this.#cut = true;
        this.#events.closed(LOST, "");
        return;
      }
      this.#server = acceptor.accept(this.#wire());
      this.#events.opened(SUBPROTOCOL_SEALED);
    });
    return {
      send: (bytes) => {
        const frame = Uint8Array.from(bytes);
        if (this.#world.happens("frameCutsLink")) return this.cut();
        this.#towardsServer(() => this.#server?.received(frame, true));
      },
      close: (code, reason) => this.#closedByClient(code, reason),
    };
  }

  /** The line is gone: nothing in flight arrives, and each side learns of it later. */
  cut(): void {
    if (this.#cut) return;
    this.#cut = true;
    this.#world.count("link cut");
    const tell = (isAlive: () => boolean, told: () => void) => {
      this.#world.time.after(this.#world.between(0, 3_000), () => {
        if (isAlive()) told();
      });
    };
    tell(this.#isClientAlive, () => this.#events.closed(LOST, ""));
    tell(this.#isServerAlive, () => this.#server?.disconnected());
  }

  #wire(): Wire {
    return {
      send: (bytes) => {
        const frame = Uint8Array.from(bytes);
        if (this.#world.happens("frameCutsLink")) return this.cut();
        this.#towardsClient(() => this.#events.received(frame));
        this.#drained += frame.length;
      },
      pong() {},
      cork() {},
      uncork() {},
      unsentBytes: 0,
      blocked: false,
      drainMark: this.#drained,
      pause() {},
      resume() {},
      close: (code, reason) => this.#closedByServer(code, reason),
      destroy: () => this.cut(),
    };
  }

  #closedByClient(code: number, reason: string): void {
    if (this.#cut) return;
    this.#towardsServer(() => this.#server?.disconnected());
    this.#towardsClient(() => {
      this.#cut = true;
      this.#events.closed(code, reason);
    });
  }

  #closedByServer(code: number, reason: string): void {
    if (this.#cut) return;
    this.#towardsServer(() => this.#server?.disconnected());
    this.#towardsClient(() => {
      this.#cut = true;
      this.#events.closed(code, reason);
    });
  }

  #towardsServer(arrive: () => void): void {
    this.#toServerAt = this.#carry(this.#toServerAt, this.#isServerAlive, arrive);
  }

  #towardsClient(arrive: () => void): void {
    this.#toClientAt = this.#carry(this.#toClientAt, this.#isClientAlive, arrive);
  }

  #carry(lastAt: number, isAlive: () => boolean, arrive: () => void): number {
    const world = this.#world;
    const now = world.time.monotonic();
    const at = Math.max(lastAt, now + world.between(1, world.happens("frameIsLate") ? 1_000 : 5));
    world.time.after(at - now, () => {
      if (!this.#cut && isAlive()) arrive();
    });
    return at;
  }
}
