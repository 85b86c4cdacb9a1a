import assert from "node:assert/strict";
import type { Result } from "@parley/protocol";
import { openDirect, type Person, registerPerson, textMessage } from "../person.ts";

interface Heard {
  readonly chatId: string;
  readonly seq: number;
  readonly body: { readonly text: string };
}

/** Two people who talk with each other while others do harm, and notice when that is not served as it should be. */
export class Bystanders {
  readonly ann: Person;
  readonly bob: Person;
  readonly chatId: string;
  /** What each message took, until it was acknowledged and heard. */
  readonly latenciesMs: number[] = [];
  #seq: number;
  #talking: Promise<void> = Promise.resolve();

  private constructor(ann: Person, bob: Person, chatId: string, seq: number) {
    this.ann = ann;
    this.bob = bob;
    this.chatId = chatId;
    this.#seq = seq;
  }

  static async meet(url: string): Promise<Bystanders> {
    const [ann, bob] = await Promise.all([registerPerson(url), registerPerson(url)]);
    const chatId = await openDirect(ann, bob);
    const { head } = (await ann.connection.request("message.history", { chatId, limit: 1 })) as { head: number };
    return new Bystanders(ann, bob, chatId, head);
  }

  /** One message each way: acknowledged as the next one, and heard by the other as it was said. */
  talk(): Promise<void> {
    const turn = async () => {
      await this.#say(this.ann, this.bob);
      await this.#say(this.bob, this.ann);
    };
    this.#talking = this.#talking.then(turn);
    return this.#talking;
  }

  async leave(): Promise<void> {
    await Promise.all([this.ann.connection.close(), this.bob.connection.close()]);
  }

  async #say(from: Person, to: Person): Promise<void> {
    const startedAt = performance.now();
    const text = `message ${this.#seq + 1}`;
    const sent = await from.connection.request("message.send", textMessage(this.chatId, text));
    this.#seq += 1;
    assert.equal((sent as Result<"message.send">).seq, this.#seq);
    const heard = (await to.connection.event("message.new", (message: Heard) => {
      return message.chatId === this.chatId && message.seq === this.#seq;
    })) as Heard;
    assert.equal(heard.body.text, text);
    this.latenciesMs.push(performance.now() - startedAt);
    // Nobody looks at them again, and each look goes through all.
    for (const person of [from, to]) person.connection.events.length = 0;
  }
}
