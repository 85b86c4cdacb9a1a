import { Client } from "../src/client/client.ts";
import type { ClientOptions } from "../src/client/options.ts";
import { memoryStorage } from "../src/client/storage.ts";
import type { ChatView, ClientEventName, ClientEvents } from "../src/client/view.ts";
import type { Message } from "../src/schema/message.ts";
import type { ClientCrypto } from "../src/secure/crypto.ts";
import { nodeCrypto, nodeShare, x25519Pair } from "../src/secure/crypto-node.ts";
import { type ModelServer, quickHash } from "./client-model-server.ts";
import { seededRandom } from "./client-virtual-time.ts";

export const PASSWORD = "correct horse battery";

/** Keys are made at once: what runs in another thread would not wait for virtual time. */
const crypto: ClientCrypto = {
  ...nodeCrypto,
  generateShare: (kem) => nodeShare(kem, x25519Pair()),
};

/** What a test expects to hear from a client, kept as a model of an app would. */
export class Screen {
  readonly heard: { event: ClientEventName; value: unknown }[] = [];
  readonly chats = new Map<string, ChatView>();
  readonly messages = new Map<string, Message[]>();
  readonly states: string[] = [];
  readonly warnings: string[] = [];

  constructor(client: Client) {
    const keep = <E extends ClientEventName>(event: E, apply: (value: ClientEvents[E]) => void = () => {}) =>
      client.on(event, (value) => {
        this.heard.push({ event, value });
        apply(value);
      });
    keep("state", ({ name }) => this.states.push(name));
    keep("loaded", ({ chats }) => {
      for (const view of chats) this.chats.set(view.chat.chatId, view);
    });
    keep("chat", (view) => this.chats.set(view.chat.chatId, view));
    keep("chatRemoved", ({ chatId }) => this.chats.delete(chatId));
    keep("messages", ({ chatId, messages, restart }) => this.#messages(chatId, messages, restart));
    keep("messagesChanged", ({ chatId, messages }) => {
      const now = new Map(messages.map((message) => [message.seq, message]));
      const known = this.messages.get(chatId) ?? [];
      this.messages.set(
        chatId,
        known.map((message) => now.get(message.seq) ?? message),
      );
    });
    keep("warning", ({ what }) => this.warnings.push(what));
    for (const event of [
      "notice",
      "outbox",
      "synced",
      "reset",
      "receipts",
      "typing",
      "presence",
      "setting",
      "wishRefused",
    ] as const)
      keep(event);
  }

  all<E extends ClientEventName>(event: E): ClientEvents[E][] {
    return this.heard.filter((one) => one.event === event).map((one) => one.value as ClientEvents[E]);
  }

  texts(chatId: string): string[] {
    return (this.messages.get(chatId) ?? []).map((message) =>
      message.kind === "text" ? message.body.text : message.kind,
    );
  }

  /** The promise of the library: in order and without gaps, from wherever it began. */
  #messages(chatId: string, messages: readonly Message[], restart: boolean): void {
    const known = restart ? [] : (this.messages.get(chatId) ?? []);
    const expected = (known.at(-1) ?? { seq: this.chats.get(chatId)?.head ?? 0 }).seq + 1;
    if (!restart && known.length > 0 && messages[0]?.seq !== expected) {
      throw new Error(`gap: ${messages[0]?.seq} after ${expected - 1}`);
    }
    this.messages.set(chatId, [...known, ...messages]);
  }
}

export function clientOf(
  server: ModelServer,
  overrides: Partial<ClientOptions> = {},
): { client: Client; screen: Screen } {
  const client = new Client({
    url: "ws://chat.example/ws",
    openSocket: server.openSocket,
    crypto,
    argon2id: quickHash,
    storage: memoryStorage(),
    clock: server.time,
    random: seededRandom(1),
    device: { name: "test" },
    channel: { kem: "x25519" },
    ...overrides,
  });
  return { client, screen: new Screen(client) };
}

let names = 0;

/** A registered person whose client is online and synced. */
export async function person(server: ModelServer, overrides: Partial<ClientOptions> = {}) {
  const storage = overrides.storage ?? memoryStorage();
  const { client, screen } = clientOf(server, { random: seededRandom(100 + names), ...overrides, storage });
  await client.start();
  const handle = `person${names++}`;
  let userId = "";
  client.register({ handle, password: PASSWORD }).then(
    (account) => {
      userId = account.userId;
    },
    (error: unknown) => {
      throw error;
    },
  );
  await server.time.until(() => userId !== "" && screen.all("synced").length > 0, "registered");
  return { client, screen, userId, handle, storage };
}
