import { getHeapStatistics } from "node:v8";
import { minorCollector } from "../minor-collector.ts";

/** What may be made before it is worth a look: about a sync of 500 chats, or twenty pages of history. */
const MADE_BYTES = 2 * 1024 ** 2;

/**
 * Has the collector look through what jobs made when none is under way, and nobody waits for this thread. By itself V8 looks in
 * the middle of every fifth sync, for so long that on one core the main loop notices: a system lets a thread that has
 * begun go on for some milliseconds, whatever its priority.
 */
export class Tidying {
  readonly #collect: () => void;
  readonly #usedBytes: () => number;
  #underWay = 0;
  #due = false;
  /** After the last look. */
  #keptBytes: number;

  constructor(collect = minorCollector(), usedBytes = () => getHeapStatistics().used_heap_size) {
    this.#collect = collect;
    this.#usedBytes = usedBytes;
    this.#keptBytes = usedBytes();
  }

  /** Does a job and tidies up some time after its answer has left. */
  async after<T>(job: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await job();
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0 && !this.#due) {
        this.#due = true;
        setImmediate(this.#tidy);
      }
    }
  }

  readonly #tidy = (): void => {
    this.#due = false;
    if (this.#underWay > 0) return;
    const used = this.#usedBytes();
    // V8 has looked by itself meanwhile.
    this.#keptBytes = Math.min(this.#keptBytes, used);
    if (used - this.#keptBytes < MADE_BYTES) return;
    this.#collect();
    this.#keptBytes = this.#usedBytes();
  };
}
