import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../src/client/client.ts";
import { type ClientStorage, memoryStorage, type StorageChange } from "../src/client/storage.ts";
import { ModelServer } from "./client-model-server.ts";
import { clientOf, PASSWORD, type Screen } from "./client-person.ts";
import { seededRandom, VirtualTime } from "./client-virtual-time.ts";

/** A process on one device: when it crashes, nothing of it runs on, and its storage keeps a prefix of the last write. */
class Device {
  readonly #server: ModelServer;
  readonly #storage: ClientStorage = memoryStorage();
  readonly #seed: number;
  #lives = 0;
  #alive = { is: true };
  client!: Client;
  screen!: Screen;
  readonly warnings: string[] = [];

  constructor(server: ModelServer, seed: number) {
    this.#server = server;
    this.#seed = seed;
    this.#boot();
  }

  crash(): void {
    this.warnings.push(...this.screen.warnings);
    this.#alive.is = false;
    this.#alive = { is: true };
    this.#boot();
    void this.client.start();
  }

  #boot(): void {
    const alive = this.#alive;
    const { time } = this.#server;
    const random = seededRandom(this.#seed * 1_000 + this.#lives++);
    const made = clientOf(this.#server, {
      storage: mortal(this.#storage, alive, random.fraction),
      random,
      clock: {
        now: () => time.now(),
        monotonic: () => time.monotonic(),
        after: (ms, job) => time.after(ms, () => alive.is && job()),
      },
      openSocket: (url, protocols, events) => {
        const socket = this.#server.openSocket(url, protocols, {
          opened: (protocol) => alive.is && events.opened(protocol),
          received: (bytes) => alive.is && events.received(bytes),
          closed: (code, reason) => alive.is && events.closed(code, reason),
        });
        return {
          send: (bytes) => alive.is && socket.send(bytes),
          close: (code, reason) => socket.close(code, reason),
        };
      },
    });
    this.client = made.client;
    this.screen = made.screen;
  }
}

/** A storage as a process sees it that may die at any moment: of the write under way, a prefix remains. */
function mortal(storage: ClientStorage, alive: { is: boolean }, fraction: () => number): ClientStorage {
  const forever = new Promise<never>(() => {});
  return {
    get: (table, key) => (alive.is ? storage.get(table, key) : forever),
    all: (table) => (alive.is ? storage.all(table) : forever),
    clearTable: (table) => (alive.is ? storage.clearTable(table) : forever),
    async write(changes) {
      const survives = (whole: readonly StorageChange[]) => whole.slice(0, Math.floor(fraction() * (whole.length + 1)));
      if (!alive.is) return forever;
      // The write takes until the next turn; a crash in between leaves a part.
      await Promise.resolve();
      await storage.write(alive.is ? changes : survives(changes));
    },
  };
}

async function simulate(seed: number): Promise<void> {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const lots = seededRandom(seed);
  const devices = [0, 1, 2].map((n) => new Device(server, seed * 10 + n));
  const [ann, ben, tablet] = devices as [Device, Device, Device];
  let users: string[] = [];
  for (const device of devices) void device.client.start();
  await time.pass(10);
  void Promise.all([
    ann.client.register({ handle: "ann", password: PASSWORD }),
    ben.client.register({ handle: "ben", password: PASSWORD }),
  ]).then((accounts) => {
    users = accounts.map(({ userId }) => userId);
  });
  await time.until(() => users.length === 2, "registered");
  void tablet.client.signIn({ handle: "ann", password: PASSWORD });
  await time.until(() => tablet.client.state.name === "online", "signed in");
  const chatIds = [server.id(), server.id()];
  for (const chatId of chatIds) server.chats.make(chatId, "direct", users);
  server.cut();
  await time.until(() => devices.every(({ client }) => client.chats.length === 2), "chats known");

  let faulty = true;
  server.fate = ({ method }) => {
    if (!faulty) return undefined;
    const lot = lots.fraction();
    if (lot < 0.03) time.after(0, () => server.cut());
    if (!method.startsWith("message.") && method !== "sync.pull") return undefined;
    return lot < 0.15 ? "lose" : lot < 0.3 ? "loseReply" : undefined;
  };
  server.losesPush = () => faulty && lots.fraction() < 0.2;
  const written = new Map<string, string[]>();
  for (let step = 0; step < 60; step++) {
    const device = devices[Math.floor(lots.fraction() * 3)] as Device;
    const chatId = chatIds[Math.floor(lots.fraction() * 2)] as string;
    const lot = lots.fraction();
    if (lot < 0.7 && device.client.userId !== null && device.client.chat(chatId)) {
      const lane = `${devices.indexOf(device)} ${chatId}`;
      for (let burst = Math.ceil(lots.fraction() * 4); burst > 0; burst--) {
        const text = `s${step}.${burst}`;
        void device.client.send(chatId, { kind: "text", body: { text } }).then(
          () => written.set(lane, [...(written.get(lane) ?? []), text]),
          () => {},
        );
      }
    } else if (lot < 0.8) device.crash();
    else if (lot < 0.85) server.cut();
    else if (lot < 0.95) device.client.markRead(chatId, device.client.chat(chatId)?.head ?? 0);
    else server.down = !server.down;
    await time.pass(lots.fraction() * 2_000);
  }
  faulty = false;
  server.down = false;
  const done = () =>
    devices.every(({ client }) => client.outbox.length === 0 && client.state.name === "online") &&
    chatIds.every((chatId) =>
      devices.every(({ client }) => client.chat(chatId)?.head === (server.chats.chats.get(chatId)?.log.length ?? 0)),
    );
  await time.until(done, `convergence of seed ${seed}`, 3_600_000);

  // S1, S2: what was accepted for sending is there, once.
  const logs = chatIds.map((chatId) =>
    (server.chats.chats.get(chatId)?.log ?? []).map((entry) => (entry.kind === "text" ? entry.body.text : "")),
  );
  assert.deepEqual([...logs.flat()].sort(), [...new Set(logs.flat())].sort());
  for (const [lane, texts] of written) {
    const log = logs[chatIds.indexOf(lane.split(" ")[1] ?? "")] ?? [];
    assert.deepEqual(
      log.filter((text) => texts.includes(text)),
      texts,
      "lost or out of order",
    );
  }
  // Each device and chat shows the log, in order, from wherever it began; counts agree with the server.
  for (const device of devices) {
    chatIds.forEach((chatId, i) => {
      const shown = device.screen.texts(chatId);
      assert.deepEqual(shown, (logs[i] ?? []).slice((logs[i]?.length ?? 0) - shown.length));
    });
    // A listener that threw saw a gap.
    const gaps = [...device.warnings, ...device.screen.warnings].filter((what) => what.includes("gap"));
    assert.deepEqual(gaps, []);
  }
  await time.until(
    () => chatIds.every((chatId) => unreadAgrees(server, devices, users, chatId)),
    `unread counts of seed ${seed}`,
    3_600_000,
  );
}

function unreadAgrees(
  server: ModelServer,
  devices: readonly Device[],
  users: readonly string[],
  chatId: string,
): boolean {
  const chat = server.chats.chats.get(chatId);
  if (chat === undefined) return false;
  return devices.every(
    ({ client }) => client.chat(chatId)?.unread === server.chats.unread(chat, client.userId ?? users[0] ?? ""),
  );
}

const seeds = process.env.PARLEY_FRESH_SEEDS
  ? Array.from({ length: 20 }, () => Math.floor(Math.random() * 1e6))
  : Array.from({ length: process.env.PARLEY_LONG ? 300 : 12 }, (_, i) => i + 1);

for (const seed of seeds) {
  test(`[S1] [S2] [S3] three devices under losses, cuts and crashes converge (seed ${seed})`, () => simulate(seed));
}
