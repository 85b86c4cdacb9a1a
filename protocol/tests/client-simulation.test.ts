import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Client } from "../src/client/client.ts";
import { type CachedChat, pageKey, pageOf } from "../src/client/replica/cached-chat.ts";
import { type ClientStorage, memoryStorage, type StorageChange } from "../src/client/storage.ts";
import type { Method, Params } from "../src/requests.ts";
import { ModelServer } from "./client-model-server.ts";
import { clientOf, PASSWORD, type Screen } from "./client-person.ts";
import { seededRandom, VirtualTime } from "./client-virtual-time.ts";

/** A process on one device: when it crashes, nothing of it runs on, and its storage keeps a prefix of the last write. */
class Device {
  readonly #server: ModelServer;
  readonly storage: ClientStorage = memoryStorage();
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
      storage: mortal(this.storage, alive, random.fraction),
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
  for (let step = 0; step < 90; step++) {
    const device = devices[Math.floor(lots.fraction() * 3)] as Device;
    const chatId = chatIds[Math.floor(lots.fraction() * 2)] as string;
    const lot = lots.fraction();
    if (lot < 0.4) change(server, device.client, chatId, lots.fraction, step);
    else if (lot < 0.7 && device.client.userId !== null && device.client.chat(chatId)) {
      const lane = `${devices.indexOf(device)} ${chatId}`;
      for (let burst = Math.ceil(lots.fraction() * 4); burst > 0; burst--) {
        const text = `s${step}.${burst}`;
        void device.client.send(chatId, { kind: "text", body: { text } }).then(
          ({ clientId }) => written.set(lane, [...(written.get(lane) ?? []), clientId]),
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
  // Notices whose push was lost come by the next pull.
  const synced = devices.map(({ screen }) => screen.all("synced").length);
  server.cut();
  const again = () => devices.every(({ screen }, i) => screen.all("synced").length > (synced[i] ?? 0));
  await time.until(again, `seed ${seed} synced`, 3_600_000);

  // S1, S2: what was accepted for sending is there, once.
  for (const [lane, sent] of written) {
    const chat = server.chats.chats.get(lane.split(" ")[1] ?? "");
    const own = (chat?.log ?? []).flatMap((entry) =>
      "clientId" in entry && sent.includes(entry.clientId) ? [entry] : [],
    );
    assert.deepEqual(
      own.map(({ clientId }) => clientId),
      sent,
      "lost, twice or out of order",
    );
  }
  for (const device of devices) {
    // A listener that threw saw a gap.
    const gaps = [...device.warnings, ...device.screen.warnings].filter((what) => what.includes("gap"));
    assert.deepEqual(gaps, []);
  }
  // Each device shows what its user has at the server: entries from wherever it began, counts, preferences, pins.
  const differences = () =>
    devices.flatMap((device, i) => chatIds.flatMap((chatId) => difference(server, device, `device ${i}`, chatId)));
  await time
    .until(() => differences().length === 0, `seed ${seed}`, 3_600_000)
    .catch((error: unknown) => {
      assert.deepEqual(differences(), [], String(error));
    });
  for (const device of devices) {
    let stopped = false;
    void device.client.stop().then(() => {
      stopped = true;
    });
    await time.until(() => stopped, "stopped");
    for (const chatId of chatIds) await assertCached(server, device, chatId);
  }
}

/** Somebody changes what is there already; requests may be lost on their way. */
function change(server: ModelServer, client: Client, chatId: string, fraction: () => number, step: number): void {
  const chat = server.chats.chats.get(chatId);
  const { userId } = client;
  if (chat === undefined || userId === null || client.chat(chatId) === undefined) return;
  // The newest more often than others: those are cached, shown and on their way.
  const seq = Math.max(1, chat.log.length - Math.floor(fraction() ** 2 * chat.log.length));
  const ask = <M extends Method>(method: M, params: Params<M>) => void client.request(method, params).catch(() => {});
  const lot = fraction();
  if (lot < 0.25 && chat.log[seq - 1]?.kind === "text") {
    const mentions = fraction() < 0.5 ? [...chat.members.keys()] : [];
    ask("message.edit", { chatId, seq, body: { text: `edited ${step}`, mentions } });
  } else if (lot < 0.4 && chat.log.length > 0) ask("message.retract", { chatId, seq });
  else if (lot < 0.55 && chat.log.length > 0) ask("message.hide", { chatId, seqs: [seq, Math.max(1, seq - 1)] });
  else if (lot < 0.65) client.setPrefs(chatId, { pinnedAt: step });
  else if (lot < 0.75) client.setDraft(chatId, { text: `draft ${step}` });
  else if (lot < 0.8) client.setSetting("simulated.value", step);
  else if (lot < 0.85 && chat.log.length > 0) ask("message.star", { chatId, seq, on: fraction() < 0.7 });
  else if (lot < 0.9) server.system(chatId, userId, { event: "pinned", seq, on: fraction() < 0.7 });
  else if (lot < 0.95) server.system(chatId, userId, { event: "changed", name: `name ${step}` });
  else server.system(chatId, userId, { event: "role", userId, role: fraction() < 0.5 ? "admin" : "member" });
}

/** In words, for the report of a seed that does not converge. */
function difference(server: ModelServer, { client, screen }: Device, name: string, chatId: string): string[] {
  const chat = server.chats.chats.get(chatId);
  const view = client.chat(chatId);
  const { userId } = client;
  if (chat === undefined || view === undefined || userId === null) return [`${name}: no chat`];
  const log = server.chats.seen(chat, userId);
  const shown = screen.messages.get(chatId) ?? [];
  const { prefs = {}, draft = { text: "" } } = server.personal.stateOf(userId, chatId);
  const expected = {
    shown: log.slice(log.length - shown.length),
    last: log.findLast(({ kind }) => kind !== "void") ?? null,
    chat: server.chats.view(chat, userId),
    count: server.chats.unread(chat, userId),
    pins: chat.pins,
    stars: server.personal.starsOf(userId, chatId),
    settings: [...(server.personal.settings.get(userId)?.values() ?? [])].map(({ value }) => value),
    prefs,
    draft,
  };
  const found = {
    shown,
    last: view.last,
    chat: view.chat,
    count: { unread: view.unread, mentions: view.mentions },
    pins: view.pins,
    stars: view.stars,
    settings: [...client.settings.values()].map((value) => JSON.stringify(value)),
    prefs: view.prefs,
    draft: view.draft,
  };
  return (Object.keys(expected) as (keyof typeof expected)[]).flatMap((key) =>
    isDeepStrictEqual(found[key], expected[key])
      ? []
      : [`${name} ${chatId.slice(0, 4)} ${key}: ${briefly(found[key])} instead of ${briefly(expected[key])}`],
  );
}

function briefly(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const line = (one: unknown) => JSON.stringify(one, ["seq", "kind", "edited", "body", "text", "event", "name", "by"]);
  return value.map(line).join("\n  ");
}

/** What a device keeps is what its user has at the server, too. */
async function assertCached(server: ModelServer, device: Device, chatId: string): Promise<void> {
  const chat = server.chats.chats.get(chatId);
  const { userId } = device.client;
  const row = (await device.storage.get("chats", chatId)) as CachedChat | undefined;
  if (chat === undefined || userId === null || row === undefined || row.from > row.to) return;
  const cached: { seq: number }[] = [];
  for (let page = pageOf(row.from); page <= pageOf(row.to); page++) {
    const messages = (await device.storage.get("messages", pageKey(chatId, page))) as { seq: number }[];
    cached.push(...messages.filter(({ seq }) => seq >= row.from && seq <= row.to));
  }
  // What it knows to be stale is fetched by the next start.
  const stale = new Set((row.stale ?? []).map(([seq]) => seq));
  const fresh = (messages: readonly { seq: number }[]) => messages.filter(({ seq }) => !stale.has(seq));
  assert.deepEqual(fresh(cached), fresh(server.chats.seen(chat, userId).slice(row.from - 1, row.to)));
}

const seeds = process.env.PARLEY_FRESH_SEEDS
  ? Array.from({ length: 20 }, () => Math.floor(Math.random() * 1e6))
  : Array.from({ length: process.env.PARLEY_LONG ? 300 : 12 }, (_, i) => i + 1);

for (const seed of seeds) {
  test(`[S1] [S2] [S3] three devices under losses, cuts and crashes converge (seed ${seed})`, () => simulate(seed));
}
