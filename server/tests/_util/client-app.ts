import { randomBytes } from "node:crypto";
import type { Message } from "@parley/protocol";
import {
  Client,
  type ClientEventName,
  type ClientEvents,
  type ClientOptions,
  type ClientSocket,
  type ClientStorage,
  memoryStorage,
} from "@parley/protocol/client";
import { nodePlatform, nodeSocket } from "@parley/protocol/client-node";
import { PATIENCE_MS } from "./patience.ts";

export interface AppOptions {
  readonly url?: string;
  readonly storage?: ClientStorage;
  /** Makes a new account. Default true. */
  readonly register?: boolean;
  readonly options?: Partial<ClientOptions>;
}

/** A person at a client, with what the screen would show. */
export interface App {
  readonly client: Client;
  readonly storage: ClientStorage;
  readonly handle: string;
  readonly password: string;
  readonly userId: string;
  /** Texts of a chat as they were told. */
  texts(chatId: string): string[];
  /** Resolves at the first event that satisfies; also asks once now, when that needs no event. */
  until<E extends ClientEventName>(event: E, holds: (value: ClientEvents[E]) => boolean): Promise<void>;
  /** The network drops the connection without a word. */
  cut(): void;
}

export async function app(url: string, given: AppOptions = {}): Promise<App> {
  const storage = given.storage ?? memoryStorage();
  const platform = nodePlatform();
  let socket: ClientSocket | null = null;
  const open = nodeSocket();
  const client = new Client({
    ...platform,
    openSocket: (...args) => {
      socket = open(...args);
      return socket;
    },
    url: given.url ?? url,
    storage,
    device: { name: "test" },
    channel: { kem: "x25519" },
    ...given.options,
  });
  const told = new Map<string, Message[]>();
  client.on("messages", ({ chatId, messages, restart }) => {
    told.set(chatId, [...(restart ? [] : (told.get(chatId) ?? [])), ...messages]);
  });
  const handle = `p${randomBytes(8).toString("hex")}`;
  const password = "a long enough password";
  await client.start();
  if (given.register !== false) await client.register({ handle, password });
  return {
    client,
    storage,
    handle,
    password,
    userId: client.userId ?? "",
    texts: (chatId) =>
      (told.get(chatId) ?? []).flatMap((message) => (message.kind === "text" ? [message.body.text] : [])),
    until(event, holds) {
      return new Promise((resolve, reject) => {
        const done = () => {
          clearTimeout(timer);
          stop();
          resolve();
        };
        const stop = client.on(event, (value) => {
          if (holds(value)) done();
        });
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`never: ${event} ${holds}`));
        }, PATIENCE_MS);
        if (holds.length === 0 && (holds as () => boolean)()) done();
      });
    },
    cut: () => socket?.close(4000, ""),
  };
}
