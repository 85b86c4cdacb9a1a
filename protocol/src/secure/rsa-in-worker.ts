import { ChannelError } from "./channel-error.ts";
import type { RsaKey, RsaProvider } from "./rsa.ts";
import type { RsaAnswer, RsaJob } from "./rsa-job.ts";

/** What we need of a browser's `Worker`. */
export interface WorkerLike {
  postMessage(job: RsaJob): void;
  onmessage: ((event: { readonly data: RsaAnswer }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  terminate(): void;
}

type Job = RsaJob extends infer J ? (J extends RsaJob ? Omit<J, "id"> : never) : never;

/** RSA in a worker, so that a page never stands still for it. */
export class RsaInWorker implements RsaProvider {
  readonly #worker: WorkerLike;
  readonly #asked = new Map<number, { resolve(answer: RsaAnswer): void; reject(error: Error): void }>();
  #last = 0;

  constructor(worker: WorkerLike) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => {
      this.#asked.get(data.id)?.resolve(data);
      this.#asked.delete(data.id);
    };
    worker.onerror = () => this.close();
  }

  async selfTest(): Promise<boolean> {
    return (await this.#ask({ job: "selfTest" })).ok;
  }

  async generate(bits: number): Promise<RsaKey> {
    const made = await this.#ask({ job: "generate", bits });
    if (!made.ok) throw new Error("the RSA worker made no key");
    const { key, bytes: modulus } = made;
    return {
      modulus,
      decrypt: async (ciphertext) => {
        const answer = await this.#ask({ job: "decrypt", key, ciphertext });
        if (!answer.ok) throw new ChannelError("identity_error", "RSA ciphertext");
        return answer.bytes;
      },
      erase: () => void this.#ask({ job: "erase", key }).catch(() => {}),
    };
  }

  /** Everything that waits is refused. */
  close(): void {
    this.#worker.terminate();
    for (const { reject } of this.#asked.values()) reject(new Error("the RSA worker is gone"));
    this.#asked.clear();
  }

  #ask(job: Job): Promise<RsaAnswer> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#worker.postMessage({ ...job, id } as RsaJob);
    });
  }
}
