import { setTimeout as pause } from "node:timers/promises";
import { ReplyError } from "@parley/protocol";
import { PATIENCE_MS, within } from "../_util/patience.ts";
import { judgeAll, meetInGroup, untilConverged } from "../_util/survival.ts";
import type { Verdict } from "../_util/verdict.ts";
import { Witness } from "../_util/witness.ts";

/** Of whom the last one only reads: who sends notices sooner that a line is dead. */
const PEOPLE = 5;
/** Between two messages of one person, on average: a load, and few enough that no rate limit speaks. */
const EVERY_MS = 100;
const TEXT_BYTES = 100;

interface Said {
  readonly at: number;
  acknowledgedAt: number;
}

/** A group of people at real clients, of whom all but one go on writing whatever happens. */
export class Talk {
  readonly people: readonly Witness[];
  readonly #chatId: string;
  readonly #said = new Map<string, Said>();
  readonly #padding: string;
  #talking: Promise<unknown> | null = null;
  #stop: () => void = () => {};

  private constructor(people: readonly Witness[], chatId: string, textBytes: number) {
    this.people = people;
    this.#chatId = chatId;
    this.#padding = "x".repeat(textBytes);
    for (const { client } of people) {
      client.on("outbox", (change) => {
        const said = change.state === "sent" ? this.#said.get(change.clientId) : undefined;
        if (said !== undefined) said.acknowledgedAt = Math.min(said.acknowledgedAt, performance.now());
      });
    }
  }

  static async meet(wsUrls: readonly string[], textBytes = TEXT_BYTES): Promise<Talk> {
    const people = Array.from({ length: PEOPLE }, (_, at) => new Witness(wsUrls[at % wsUrls.length] ?? ""));
    return new Talk(people, await meetInGroup(people), textBytes);
  }

  begin(): void {
    const writers = this.people.slice(0, -1);
    const stop = new AbortController();
    this.#stop = () => stop.abort();
    this.#talking = Promise.all(
      writers.map(async (person) => {
        while (!stop.signal.aborted) {
          await pause(2 * EVERY_MS * Math.random());
          await this.#say(person);
        }
      }),
    );
  }

  /** Everybody says one thing more, and no more after it. */
  async end(): Promise<void> {
    this.#stop();
    await this.#talking;
    for (const person of this.people.slice(0, -1)) await this.#say(person);
  }

  /** Resolves when everything is acknowledged and everybody has it. */
  async converged(): Promise<void> {
    await within(
      untilConverged(this.people, this.#chatId),
      () =>
        this.people
          .map(({ handle, client }) => `${handle} ${client.state.name}, ${client.outbox.length} unsent`)
          .join("; "),
      PATIENCE_MS,
    );
  }

  /** Asks for the history until it is given, as any client does: a worker may only learn now that its store was away. */
  async judge(): Promise<Verdict> {
    for (const deadline = performance.now() + PATIENCE_MS; ; ) {
      try {
        return await judgeAll(this.people, this.#chatId);
      } catch (error) {
        if (!(error instanceof ReplyError && error.retry) || performance.now() > deadline) throw error;
        await pause(error.retryAfterMs);
      }
    }
  }

  get acknowledged(): number {
    return this.people.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  }

  /** How far apart are those who have heard the most and the least? */
  get spread(): number {
    const heads = this.people.map((person) => person.head(this.#chatId));
    return Math.max(...heads) - Math.min(...heads);
  }

  /** The longest that anybody waited for the acknowledgement of a message that was on its way in that time. */
  slowestMs(from: number, to: number): number {
    const waits = [...this.#said.values()]
      .filter(({ at, acknowledgedAt }) => at < to && acknowledgedAt > from)
      .map(({ at, acknowledgedAt }) => Math.min(acknowledgedAt, performance.now()) - at);
    return Math.max(0, ...waits);
  }

  async leave(): Promise<void> {
    this.#stop();
    await this.#talking?.catch(() => {});
    await Promise.all(this.people.map(({ client }) => client.stop()));
  }

  async #say(person: Witness): Promise<void> {
    const at = performance.now();
    const id = await person.say(this.#chatId, `${person.written.size} ${this.#padding}`);
    this.#said.set(id, { at, acknowledgedAt: Number.POSITIVE_INFINITY });
  }
}
