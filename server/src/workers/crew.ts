import type { Clock } from "@parley/protocol";
import type { Log } from "../log.ts";
import { CrewMember, type Exit } from "./crew-member.ts";
import type { Door } from "./door.ts";
import { type Figures, METRICS } from "./messages.ts";
import { Restarts } from "./restarts.ts";

export interface CrewParts {
  readonly size: number;
  readonly door: Door;
  /** The command line, which each worker reads anew. */
  readonly args: readonly string[];
  /** For how long people may be sent to other nodes before the end. */
  readonly drainMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Before a worker begins: what it is given besides its place. */
  equip(member: CrewMember): void;
}

/** What is under way at the end takes a few seconds; whoever takes longer than this hangs. */
const END_WITHIN_MS = 30_000;
/** A scraper waits no longer; a worker that is just dying is left out. */
const FIGURES_WITHIN_MS = 2_000;

/** The workers: as many as were asked for, for as long as that helps. */
export class Crew {
  readonly #parts: CrewParts;
  readonly #members: (CrewMember | null)[];
  readonly #restarts: Restarts[];
  /** Resolves when no worker serves, and none will. */
  readonly failed: Promise<void>;
  #fail: () => void = () => {};
  #stopping = false;
  readonly #waits = new Set<() => void>();

  constructor(parts: CrewParts) {
    this.#parts = parts;
    this.#members = Array.from({ length: parts.size }, () => null);
    this.#restarts = Array.from({ length: parts.size }, () => new Restarts());
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  /**
   * The first one alone: it makes what there is one of, and what it cannot start with, no other can. Answers the
   * banner; null: one of them could not start, and has said why.
   */
  async start(): Promise<string | null> {
    const first = await this.#launch(0, true);
    if (first === null) return null;
    const others = await Promise.all(this.#members.slice(1).map((_, i) => this.#launch(i + 1, false)));
    if (others.includes(null)) return null;
    this.#members.forEach((member, index) => {
      if (member !== null) this.#watch(member, index);
    });
    return first;
  }

  /** Lets them finish what is under way. Resolves when all have ended; true: each as it should. */
  async stop(): Promise<boolean> {
    this.#stopping = true;
    for (const cancel of this.#waits) cancel();
    this.#tellToStop();
    const withinMs = this.#parts.drainMs + END_WITHIN_MS;
    const exits = await Promise.all(this.#members.map((member) => member?.ends(withinMs)));
    return exits.every((exit) => exit === undefined || exit.code === 0);
  }

  /** While it stops. */
  hurry(): void {
    this.#tellToStop();
  }

  #tellToStop(): void {
    for (const member of this.#members) member?.tellToStop();
  }

  async #launch(index: number, first: boolean): Promise<string | null> {
    const { size, door, args, equip } = this.#parts;
    const member = new CrewMember({ number: index + 1, of: size, first, port: door.port }, args);
    this.#members[index] = member;
    member.pipe.onAsk(METRICS, () => this.#figures());
    equip(member);
    const banner = await member.ready;
    if (banner !== null) {
      const part = door.lead(member);
      void member.leaving.then(part);
    }
    return banner;
  }

  #watch(member: CrewMember, index: number): void {
    const { clock } = this.#parts;
    const startedAt = clock.monotonic();
    void member.exited.then((exit) => this.#lost(index, exit, clock.monotonic() - startedAt));
  }

  #lost(index: number, exit: Exit, livedMs: number): void {
    const { log, clock } = this.#parts;
    const restarts = this.#restarts[index];
    this.#members[index] = null;
    if (this.#stopping || restarts === undefined) return;
    const waitMs = restarts.died(livedMs);
    log.error("a worker ended", { count: index + 1, code: exit.code ?? exit.signal ?? "?", durationMs: waitMs });
    if (restarts.useless && !this.#members.some((member) => member?.serves)) return this.#fail();
    const cancel = clock.after(waitMs, () => {
      this.#waits.delete(cancel);
      const ready = this.#launch(index, false);
      const member = this.#members[index];
      if (member !== null && member !== undefined) this.#watch(member, index);
      void ready.then((is) => {
        if (is !== null) log.info("a worker serves again", { count: index + 1 });
      });
    });
    this.#waits.add(cancel);
  }

  async #figures(): Promise<readonly Figures[]> {
    const serving = this.#members.filter((member) => member?.serves);
    const figures = await Promise.all(
      serving.map(async (member) => {
        let cancel = () => {};
        const late = new Promise<null>((resolve) => {
          cancel = this.#parts.clock.after(FIGURES_WITHIN_MS, () => resolve(null));
        });
        const own = member?.figures().catch(() => null);
        return Promise.race([own, late]).finally(() => cancel());
      }),
    );
    return figures.filter((own): own is Figures => Array.isArray(own));
  }
}
