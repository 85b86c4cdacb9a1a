import { BUS_CHANNELS, type Bus, type BusListener, type BusMessage, channelOfMessage } from "../../src/bus/bus.ts";
import { between, type SimulatedLife, type World } from "./world.ts";

interface Ear {
  readonly life: SimulatedLife;
  listener: BusListener | null;
  cutUntil: number;
}

/**
 * A bus that loses, delays and repeats, and that a node may be cut off from. Like the real one it keeps the order of a
 * channel and notices a hole later; messages of different channels or nodes overtake one another.
 */
export class SimulatedBus {
  readonly #world: World;
  readonly #ears = new Set<Ear>();

  constructor(world: World) {
    this.#world = world;
  }

  connect(life: SimulatedLife): Bus {
    const own: Ear = { life, listener: null, cutUntil: 0 };
    this.#ears.add(own);
    const lanes = new Map<Ear, Lane>();
    return {
      publish: (message) => {
        if (life.process.crashed) return;
        for (const ear of this.#ears) {
          if (ear === own) continue;
          const lane = lanes.get(ear) ?? new Lane(this.#world, own, ear);
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

  /** The node hears and tells nothing for so long, and then knows that it may have missed something. */
  cut(life: SimulatedLife, forMs: number): void {
    const now = this.#world.time.monotonic();
    for (const ear of this.#ears) {
      if (ear.life !== life) continue;
      ear.cutUntil = now + forMs;
      this.#world.time.after(forMs, () => life.process.reach(() => ear.listener?.hole(null)));
    }
  }
}

/** From one node to another. */
class Lane {
  readonly #world: World;
  readonly #from: Ear;
  readonly #to: Ear;
  readonly #where: string;
  readonly #arrival = new Array<number>(BUS_CHANNELS).fill(0);
  readonly #hole = new Set<number>();

  constructor(world: World, from: Ear, to: Ear) {
    this.#world = world;
    this.#from = from;
    this.#to = to;
    this.#where = `from ${from.life.name} to ${to.life.name}`;
  }

  carry(message: BusMessage): void {
    const { faults, time, chance } = this.#world;
    const channel = channelOfMessage(message);
    const now = time.monotonic();
    const cut = Math.max(this.#from.cutUntil, this.#to.cutUntil) > now;
    if (cut || faults.strike("bus message lost", this.#where)) {
      this.#hole.add(channel);
      return;
    }
    const late = faults.strike("bus message late", this.#where);
    const wayMs = late ? between(late, 5, 1_000) : between(chance.of(`way of hints ${this.#where}`), 0, 1);
    const at = Math.max(this.#arrival[channel] ?? 0, now + wayMs);
    this.#arrival[channel] = at;
    // As it was published: whoever hears it later must not see what the sender did to it since.
    const text = JSON.stringify(message);
    const hole = this.#hole.delete(channel);
    const times = faults.strike("bus message twice", this.#where) ? 2 : 1;
    time.after(at - now, () =>
      this.#to.life.process.reach(() => {
        const { listener } = this.#to;
        if (listener === null) return;
        if (hole) listener.hole(channel);
        for (let time = 0; time < times; time++) listener.message(JSON.parse(text) as BusMessage);
      }),
    );
  }
}
