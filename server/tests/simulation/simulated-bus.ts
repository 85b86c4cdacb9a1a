import { BUS_CHANNELS, type Bus, type BusListener, type BusMessage, channelOfMessage } from "../../src/bus/bus.ts";
import type { World } from "./world.ts";

interface Ear {
  readonly isAlive: () => boolean;
  listener: BusListener | null;
}

/** A bus that loses, delays and repeats. Like the real one it keeps the order of a channel and notices a hole later. */
export class SimulatedBus {
  readonly #world: World;
  readonly #ears = new Set<Ear>();

  constructor(world: World) {
    this.#world = world;
  }

  connect(isAlive: () => boolean): Bus {
    const own: Ear = { isAlive, listener: null };
    this.#ears.add(own);
    const lanes = new Map<Ear, Lane>();
    return {
      publish: (message) => {
        if (!isAlive()) return;
        for (const ear of this.#ears) {
          if (ear === own) continue;
          const lane = lanes.get(ear) ?? new Lane(this.#world, ear);
          lanes.set(ear, lane);
          lane.carry(message);
        }
      },
      listen(listener) {
        own.listener = listener;
      },
      answers: async () => true,
      close: async () => {
        this.#ears.delete(own);
      },
    };
  }
}

/** From one node to another. */
class Lane {
  readonly #world: World;
  readonly #ear: Ear;
  readonly #arrival = new Array<number>(BUS_CHANNELS).fill(0);
  readonly #hole = new Set<number>();

  constructor(world: World, ear: Ear) {
    this.#world = world;
    this.#ear = ear;
  }

  carry(message: BusMessage): void {
    const world = this.#world;
    const channel = channelOfMessage(message);
    if (world.happens("busMessageIsLost")) {
      this.#hole.add(channel);
      return;
    }
    const now = world.time.monotonic();
    const at = Math.max(this.#arrival[channel] ?? 0, now + world.between(0, world.faulty ? 50 : 1));
    this.#arrival[channel] = at;
    // As it was published: whoever hears it later must not see what the sender did to it since.
    const text = JSON.stringify(message);
    const hole = this.#hole.delete(channel);
    const times = world.happens("busMessageIsTwice") ? 2 : 1;
    world.time.after(at - now, () => {
      const { listener } = this.#ear;
      if (listener === null || !this.#ear.isAlive()) return;
      if (hole) listener.hole(channel);
      for (let time = 0; time < times; time++) listener.message(JSON.parse(text) as BusMessage);
    });
  }
}
