import type { Method, Params, Random } from "@parley/protocol";
import { PASSWORD } from "../_util/person.ts";
import type { Bug } from "./bugs.ts";
import { BLOWS, type Blow } from "./faults.ts";
import { SimulatedBus } from "./simulated-bus.ts";
import { SimulatedCalls } from "./simulated-calls.ts";
import { SimulatedDevice } from "./simulated-device.ts";
import { SimulatedNode } from "./simulated-node.ts";
import { between, pick, World } from "./world.ts";

const ACTIONS = 60;
const PAUSE_MS = 1_500;
/** As long as it takes to notice a dead line and to come back. */
const CALM_MS = 120_000;
const NODES = 2;
/** How often a failed start is tried again. */
const START_AGAIN_MS = 1_000;

export interface Cast {
  readonly ann: SimulatedDevice;
  readonly bob: SimulatedDevice;
  readonly eve: SimulatedDevice;
  /** Ann's, too. */
  readonly tablet: SimulatedDevice;
  /** Ann's, until she signs it out from another device. */
  readonly phone: SimulatedDevice;
}

export interface StoryOptions {
  readonly seed: number;
  readonly bug?: Bug | null;
  /** Ids of the events that may happen; absent: all. */
  readonly only?: ReadonlySet<string>;
}

/**
 * Two nodes, three people with five devices, two groups and a direct chat, for as long as a coffee break. In one of the
 * groups people come and go; one of the devices is signed out by another.
 */
export class Story {
  readonly world: World;
  readonly cast: Cast;
  /** Of those that stay signed in. */
  readonly devices: readonly SimulatedDevice[];
  readonly chats: string[] = [];
  readonly calls: SimulatedCalls;
  /** Where the inbox of each person was before anything went wrong. */
  readonly posBefore = new Map<SimulatedDevice, string>();
  readonly #bus: SimulatedBus;
  readonly #bug: Bug | null;
  #nodes: SimulatedNode[] = [];
  #started = 0;
  #written = 0;
  #circle = "";
  #nextBlow: (() => void) | null = null;

  constructor({ seed, bug = null, only }: StoryOptions) {
    this.world = new World(seed, only ?? null);
    this.#bug = bug;
    this.#bus = new SimulatedBus(this.world);
    const device = (name: string, handle: string) =>
      new SimulatedDevice(this.world, name, handle, () => this.#nodes.filter(({ alive }) => alive));
    this.cast = {
      ann: device("ann", "ann"),
      bob: device("bob", "bob"),
      eve: device("eve", "eve"),
      tablet: device("ann's tablet", "ann"),
      phone: device("ann's phone", "ann"),
    };
    const { ann, bob, eve, tablet } = this.cast;
    this.devices = [ann, bob, eve, tablet];
    this.calls = new SimulatedCalls(this.world, this.devices, this.chats);
  }

  /** The group in which people come and go. It is not among `chats`, in which everybody stays. */
  get circle(): string {
    return this.#circle;
  }

  async begin(): Promise<void> {
    const { world } = this;
    for (const script of [true, false]) this.#nodes.push(await world.until(this.#newNode(script)));
    const { ann, bob, eve, tablet, phone } = this.cast;
    for (const { witness, handle } of [ann, bob, eve]) {
      await world.until(witness.client.register({ handle, password: PASSWORD }));
    }
    for (const { witness, handle } of [tablet, phone]) {
      await world.until(witness.client.signIn({ handle, password: PASSWORD }));
    }
    const members = [bob.witness.userId, eve.witness.userId];
    const { client } = ann.witness;
    const group = await world.until(client.request("chat.createGroup", { name: "group", members }));
    const circle = await world.until(client.request("chat.createGroup", { name: "circle", members }));
    const direct = await world.until(client.request("chat.openDirect", { userId: bob.witness.userId }));
    this.chats.push(group.chat.chatId, direct.chat.chatId);
    this.#circle = circle.chat.chatId;
    await world.pass(5_000);
    for (const device of [ann, bob, eve]) {
      const { pos } = await world.until(device.witness.client.request("sync.pull", {}));
      this.posBefore.set(device, pos);
    }
  }

  async rage(): Promise<void> {
    const { world } = this;
    const { faults, chance } = world;
    faults.raging = true;
    for (let action = 1; action <= ACTIONS; action++) {
      const id = `action ${action}`;
      const random = chance.anew(id);
      const pauseMs = between(random, 0, PAUSE_MS);
      if (faults.allows(id)) this.#act(id, random);
      await world.pass(pauseMs);
      if (world.objections.length > 0) break;
    }
    faults.raging = false;
  }

  async calm(): Promise<void> {
    for (const { witness } of this.devices) witness.client.reconnectNow();
    // What was asked for is through by then, and who is in a call knows it.
    await this.world.pass(CALM_MS / 2);
    this.calls.hangUp();
    await this.world.pass(CALM_MS / 2);
  }

  #act(id: string, random: Random): void {
    const { faults } = this.world;
    const lot = random.fraction();
    if (lot < 0.2) {
      const blow = this.#chooseBlow(random);
      const text = blow === null ? null : this.#strike(blow, random);
      if (blow !== null && text !== null) faults.happened(blow, { id, text });
      const strike = this.#nextBlow;
      this.#nextBlow = null;
      strike?.();
      return;
    }
    const text = this.#deed(lot, random);
    if (text !== null) faults.happened(null, { id, text });
  }

  #deed(lot: number, random: Random): string | null {
    if (lot < 0.48) return this.#write(random);
    if (lot < 0.76) return this.#change(random);
    if (lot < 0.86) return this.calls.act(random);
    if (lot < 0.92) return this.#read(random);
    if (lot < 0.985) return this.#comeOrGo(random);
    return this.#signOutPhone();
  }

  // --- what people do

  #write(random: Random): string | null {
    const device = pick(random, this.devices);
    const chatId = pick(random, [...this.chats, this.#circle]);
    // Of the direct chat eve knows nothing, and a device that has just begun may not have loaded its chats.
    if (device.witness.client.chat(chatId) === undefined) return null;
    const burst = random.fraction() < 0.2 ? 3 : 1;
    const texts = Array.from({ length: burst }, () => `${device.handle} ${this.#written++}`);
    for (const text of texts) void device.write(chatId, text).catch(() => {});
    return `${device.name} writes ${texts.map((text) => `"${text}"`).join(", ")} in ${this.nameOf(chatId)}`;
  }

  /** Somebody changes what is there; the newest more often than what is old, since it is still on its way. */
  #change(random: Random): string | null {
    const device = pick(random, this.devices);
    const { client, told } = device.witness;
    const chatId = pick(random, this.chats);
    const entries = told.get(chatId) ?? [];
    const own = entries.filter((message) => message.kind === "text" && message.sender === client.userId);
    const some = random.fraction() < 0.7 ? own : entries;
    const seq = some.at(-between(random, 1, 8))?.seq ?? some[0]?.seq;
    if (seq === undefined) return null;
    const lot = random.fraction();
    const about = `entry ${seq} of ${this.nameOf(chatId)}`;
    const text = `${device.handle} ${this.#written++}`;
    if (lot < 0.25) {
      this.#ask(device, "message.edit", { chatId, seq, body: { text } });
      return `${device.name} edits ${about}`;
    }
    if (lot < 0.45) {
      this.#ask(device, "message.retract", { chatId, seq });
      return `${device.name} retracts ${about}`;
    }
    if (lot < 0.8) {
      this.#ask(device, "message.hide", { chatId, seqs: [seq] });
      return `${device.name} hides ${about}`;
    }
    if (lot < 0.9) client.setPrefs(chatId, { pinnedAt: this.#written++ });
    else client.setDraft(chatId, { text });
    return `${device.name} sets ${lot < 0.9 ? "preferences" : "a draft"} of ${this.nameOf(chatId)}`;
  }

  #read(random: Random): string {
    const device = pick(random, this.devices);
    const { client } = device.witness;
    for (const { chat, head } of client.chats) if (head > 0) client.markRead(chat.chatId, head);
    return `${device.name} reads everything`;
  }

  /** Ann removes one of the circle, or lets them in again. */
  #comeOrGo(random: Random): string {
    const { ann, tablet, bob, eve } = this.cast;
    const by = pick(random, [ann, tablet]);
    const whom = pick(random, [bob, eve, eve]);
    const method = random.fraction() < 0.55 ? "member.remove" : "member.add";
    this.#ask(by, method, { chatId: this.#circle, userId: whom.witness.userId });
    return `${by.name} ${method === "member.add" ? "adds" : "removes"} ${whom.name} in the circle`;
  }

  #signOutPhone(): string | null {
    const { ann, phone } = this.cast;
    const { state } = phone.witness.client;
    if (state.name !== "online") return null;
    const { deviceId } = state.account;
    const told = this.world.revoking(deviceId);
    ann.witness.client.request("account.revokeDevice", { deviceId }).then(
      () => {
        told();
        this.world.done("account.revokeDevice");
      },
      () => {},
    );
    return "ann signs her phone out";
  }

  #ask<M extends Method>(device: SimulatedDevice, method: M, params: Params<M>): void {
    device.witness.client.request(method, params).then(
      () => this.world.done(method),
      () => {},
    );
  }

  nameOf(chatId: string): string {
    if (chatId === this.#circle) return "the circle";
    return chatId === this.chats[0] ? "the group" : "the direct chat";
  }

  // --- what is done to them

  #chooseBlow(random: Random): Blow | null {
    const { faults } = this.world;
    const blows = Object.entries(BLOWS) as [Blow, number][];
    const weighed = blows.map(([blow, often]) => [blow, often * faults.weight(blow)] as const);
    let lot = random.fraction() * weighed.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [blow, weight] of weighed) {
      if (lot < weight) return blow;
      lot -= weight;
    }
    return null;
  }

  /** In words; it happens when it has been written down. */
  #strike(blow: Blow, random: Random): string | null {
    const { world } = this;
    const alive = this.#nodes.filter(({ alive }) => alive);
    const device = pick(random, this.devices);
    const node = alive.length > 0 ? pick(random, alive) : null;
    const link = device.links[0] ?? null;
    const prepare = (strike: () => void, text: string) => {
      this.#nextBlow = strike;
      return text;
    };
    switch (blow) {
      case "node crashes":
        return node && prepare(() => node.crash(), `${node.life.name} crashes`);
      case "device crashes":
        return prepare(() => device.crash(), `${device.name} crashes`);
      case "node paused": {
        const [ms, cutsLinks] = [between(random, 0, 15_000), random.fraction() < 0.5];
        const also = cutsLinks ? " and its lines break" : "";
        return node && prepare(() => node.pause(ms, cutsLinks), `${node.life.name} pauses for ${seconds(ms)}${also}`);
      }
      case "device paused": {
        const ms = between(random, 0, 60_000);
        return prepare(() => device.pause(ms), `${device.name} pauses for ${seconds(ms)}`);
      }
      case "link cut":
        return link && prepare(() => link.cut(), `the line of ${device.name} breaks`);
      case "link clogged": {
        const ms = between(random, 0, 75_000);
        return link && prepare(() => link.clog(ms), `${device.name} takes nothing for ${seconds(ms)}`);
      }
      case "bus cut": {
        const ms = between(random, 0, 20_000);
        const strike = () => node && this.#bus.cut(node.life, ms);
        return node && prepare(strike, `${node.life.name} is cut off from the bus for ${seconds(ms)}`);
      }
      case "store slow": {
        const ms = between(random, 500, 10_000);
        return prepare(() => world.slowStore(ms), `the store is slow for ${seconds(ms)}`);
      }
      case "store fails over": {
        const lagMs = between(random, 1, 3_000);
        return prepare(
          () => world.failOver(lagMs, random),
          `the store fails over and loses the last ${seconds(lagMs)}`,
        );
      }
      default:
        return blow satisfies never;
    }
  }

  /** When it crashes, whatever runs it starts another one. */
  async #newNode(script: boolean): Promise<SimulatedNode> {
    const { world } = this;
    const random = world.chance.of("restarts");
    const node: SimulatedNode = await SimulatedNode.start(world, {
      name: `node ${++this.#started}`,
      bus: this.#bus,
      script,
      bug: this.#bug,
      onCrash: () => {
        this.#nodes = this.#nodes.filter(({ alive }) => alive);
        world.time.after(between(random, 0, 5_000), () => this.#replace(random));
      },
    });
    return node;
  }

  #replace(random: Random): void {
    if (this.#nodes.length >= NODES) return;
    this.#newNode(random.fraction() < 0.5).then(
      (node) => void this.#nodes.push(node),
      () => this.world.time.after(START_AGAIN_MS, () => this.#replace(random)),
    );
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
