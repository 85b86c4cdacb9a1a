import assert from "node:assert/strict";
import type { Message } from "@parley/protocol";
import { Client, type ClientOptions, memoryStorage } from "@parley/protocol/client";
import { nodePlatform } from "@parley/protocol/client-node";
import { Waits } from "./patience.ts";
import { freshHandle, PASSWORD } from "./person.ts";

/** Nodes are killed under clients, which then wait longer and longer before they come back, and have much to send when they do. */
const PATIENCE_MS = 120_000;
/** Of what the library warned of, when a wait was in vain. */
const SHOWN = 10;

/** A client of the library that writes down what it was told, and objects when that breaks a promise. */
export class Witness {
  readonly client: Client;
  readonly handle: string;
  /** clientId -> text of what it was made to say, in that order. */
  readonly written = new Map<string, string>();
  /** clientId -> seq, as acknowledged. */
  readonly acknowledged = new Map<string, number>();
  /** chatId -> its messages in the order in which they were told. */
  readonly told = new Map<string, Message[]>();
  /** What the library found worth a line in a log. */
  readonly warnings: string[] = [];
  /** The store may lose a tail: then an own message is acknowledged once more, with another place. */
  mayLoseTail = false;
  /** How often something was acknowledged. */
  acknowledgements = 0;
  private synced = false;
  /** What was told and broke a promise. */
  readonly objections: string[] = [];
  private readonly waits = new Waits();

  constructor(url: string, options: Partial<ClientOptions> = {}, handle = freshHandle()) {
    this.handle = handle;
    this.client = new Client({
      ...nodePlatform(),
      url,
      storage: memoryStorage(),
      device: { name: "test" },
      ...options,
    });
    this.client.on("outbox", (change) => {
      if (change.state === "sent") this.hearSent(change.clientId, change.seq);
      this.waits.wake();
    });
    this.client.on("messages", ({ chatId, messages, restart }) => {
      const told = restart ? [] : (this.told.get(chatId) ?? []);
      this.told.set(chatId, told);
      for (const message of messages) this.hearMessage(chatId, told, message);
      this.waits.wake();
    });
    this.client.on("messagesChanged", ({ chatId, messages }) => {
      const now = new Map(messages.map((message) => [message.seq, message]));
      const told = this.told.get(chatId) ?? [];
      told.forEach((message, i) => {
        told[i] = now.get(message.seq) ?? message;
      });
      this.waits.wake();
    });
    this.client.on("synced", () => {
      this.synced = true;
    });
    for (const event of [
      "state",
      "chat",
      "chatRemoved",
      "typing",
      "presence",
      "receipts",
      "synced",
      "notice",
    ] as const) {
      this.client.on(event, () => this.waits.wake());
    }
    this.client.on("warning", ({ what }) => this.warnings.push(what));
  }

  /**
   * Makes the account and waits until it is online and has synced: a chat that is heard of before begins anew with the
   * newest entries.
   */
  async register(): Promise<void> {
    await this.client.start();
    await this.client.register({ handle: this.handle, password: PASSWORD });
    await this.until(() => this.client.state.name === "online" && this.synced);
  }

  /** Answers its id when it is kept; it is sent as soon as that may be. */
  async say(chatId: string, text: string): Promise<string> {
    const { clientId } = await this.client.send(chatId, { kind: "text", body: { text } });
    this.written.set(clientId, text);
    return clientId;
  }

  get userId(): string {
    assert(this.client.userId, "signed in");
    return this.client.userId;
  }

  head(chatId: string): number {
    return this.told.get(chatId)?.at(-1)?.seq ?? 0;
  }

  /** All that this person was told and holds is what the log says, to its end. */
  isAsIn(log: readonly Message[], chatId: string): boolean {
    const told = this.told.get(chatId) ?? [];
    if (told.at(-1)?.seq !== log.length) return false;
    return told.every((message) => {
      const stored = log[message.seq - 1];
      return idOf(message) === idOf(stored) && textOf(message) === textOf(stored);
    });
  }

  /** Resolves when it is true, tried after each event. */
  async until(condition: () => boolean): Promise<void> {
    await this.waits.until(condition, () => `${this.handle} waited for ${condition}; ${this.situation()}`, PATIENCE_MS);
  }

  /** Throws when something that was told broke a promise. */
  assertContent(): void {
    assert.deepEqual(this.objections, [], this.handle);
  }

  private situation(): string {
    const heads = [...this.told.keys()].map((chatId) => `${chatId} to ${this.head(chatId)}`);
    const { state, outbox } = this.client;
    return [
      `${state.name}, ${this.acknowledged.size} acknowledged, ${outbox.length} to be sent`,
      `told ${heads.join(", ") || "nothing"}`,
      `warned of ${this.warnings.slice(-SHOWN).join("; ") || "nothing"}`,
    ].join("; ");
  }

  private hearSent(clientId: string, seq: number): void {
    const before = this.acknowledged.get(clientId);
    this.acknowledgements += 1;
    if (before !== undefined && before !== seq && !this.mayLoseTail)
      this.objections.push(`${clientId} acknowledged as ${before} and ${seq}`);
    this.acknowledged.set(clientId, seq);
  }

  private hearMessage(chatId: string, told: Message[], message: Message): void {
    const last = told.at(-1);
    if (last && message.seq !== last.seq + 1) this.objections.push(`${chatId}: ${message.seq} after ${last.seq}`);
    told.push(message);
  }
}

export function idOf(message: Message | undefined): string | null {
  return message === undefined || message.kind === "void" ? null : message.clientId;
}

/** Null for what has none. */
export function textOf(message: Message | undefined): string | null {
  return message?.kind === "text" ? message.body.text : null;
}

/** The whole log of a chat as the server has it, read page by page. */
export async function readLog(client: Client, chatId: string): Promise<Message[]> {
  const log: Message[] = [];
  for (;;) {
    const page = await client.request("message.history", { chatId, after: log.at(-1)?.seq ?? 0, limit: 200 });
    log.push(...page.messages);
    if (page.messages.length === 0 || log.at(-1)?.seq === page.head) return log;
  }
}
