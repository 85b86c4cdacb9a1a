import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Message } from "@parley/protocol";
import { meetInGroup } from "./survival.ts";
import { idOf, readLog, type Witness } from "./witness.ts";

/** People who talk in a group, each again and again, until they are told to stop. */
export class GroupTalk {
  readonly chatId: string;
  readonly #people: readonly Witness[];
  readonly #talks: readonly Promise<void>[];
  #talking = true;

  private constructor(chatId: string, people: readonly Witness[], everyMs: number) {
    this.chatId = chatId;
    this.#people = people;
    this.#talks = people.map((person) => this.#talk(person, everyMs));
  }

  /** Registers them all. `everyMs`: between two messages of one person. */
  static async begin(people: readonly Witness[], everyMs: number): Promise<GroupTalk> {
    return new GroupTalk(await meetInGroup(people), people, everyMs);
  }

  /** Resolves when each of them has had so many more messages acknowledged. */
  async said(count: number, people = this.#people): Promise<void> {
    await Promise.all(
      people.map((person) => {
        const goal = person.acknowledged.size + count;
        return person.until(() => person.acknowledged.size >= goal);
      }),
    );
  }

  /** Resolves when all that they have said is acknowledged. */
  async stop(): Promise<void> {
    this.#talking = false;
    await Promise.all(this.#talks);
    for (const person of this.#people) await person.until(() => person.client.outbox.length === 0);
  }

  /** After `stop`: what was acknowledged is there, once and in its place, and all hold the same. Answers all that there is. */
  async assertOneHistory(): Promise<readonly Message[]> {
    const [first] = this.#people;
    assert(first);
    const log = await readLog(first.client, this.chatId);
    for (const [at, { seq }] of log.entries()) assert.equal(seq, at + 1, "no gaps");
    const texts = log.filter(({ kind }) => kind === "text");
    const placed = new Map(texts.map((message) => [idOf(message), message.seq]));
    assert.equal(placed.size, texts.length, "nothing twice");
    const said = this.#people.flatMap((person) => [...person.acknowledged]);
    assert.equal(said.length, texts.length, "everything once");
    for (const [id, seq] of said) assert.equal(placed.get(id), seq, "where its sender was told last");
    for (const person of this.#people) {
      await person.until(() => person.isAsIn(log, this.chatId));
      person.assertContent();
    }
    return log;
  }

  async #talk({ client, handle }: Witness, everyMs: number): Promise<void> {
    for (let n = 0; this.#talking; n++) {
      await pause(everyMs * (0.5 + Math.random()));
      await client.send(this.chatId, { kind: "text", body: { text: `${handle} ${n}` } });
    }
  }
}
