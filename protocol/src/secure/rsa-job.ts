import type { RsaKey, RsaProvider } from "./rsa.ts";

/** What the page asks its RSA worker, and what it answers. Private keys stay in the worker. */
export type RsaJob =
  | { readonly id: number; readonly job: "selfTest" }
  | { readonly id: number; readonly job: "generate"; readonly bits: number }
  | { readonly id: number; readonly job: "decrypt"; readonly key: number; readonly ciphertext: Uint8Array }
  | { readonly id: number; readonly job: "erase"; readonly key: number };

export type RsaAnswer =
  | { readonly id: number; readonly ok: true; readonly bytes: Uint8Array; readonly key: number }
  | { readonly id: number; readonly ok: false };

const NOTHING = new Uint8Array(0);

/** The worker's side: answers one job at a time. */
export class RsaDesk {
  readonly #rsa: RsaProvider;
  readonly #selfTest: () => Promise<boolean>;
  readonly #keys = new Map<number, RsaKey>();
  #last = 0;

  constructor(rsa: RsaProvider, selfTest: () => Promise<boolean>) {
    this.#rsa = rsa;
    this.#selfTest = selfTest;
  }

  async answer(job: RsaJob): Promise<RsaAnswer> {
    try {
      return await this.#do(job);
    } catch {
      return { id: job.id, ok: false };
    }
  }

  async #do(job: RsaJob): Promise<RsaAnswer> {
    const { id } = job;
    switch (job.job) {
      case "selfTest":
        return (await this.#selfTest()) ? { id, ok: true, bytes: NOTHING, key: 0 } : { id, ok: false };
      case "generate": {
        const key = await this.#rsa.generate(job.bits);
        this.#keys.set(++this.#last, key);
        return { id, ok: true, bytes: key.modulus, key: this.#last };
      }
      case "decrypt": {
        const key = this.#keys.get(job.key);
        return key ? { id, ok: true, bytes: await key.decrypt(job.ciphertext), key: job.key } : { id, ok: false };
      }
      case "erase":
        this.#keys.get(job.key)?.erase();
        this.#keys.delete(job.key);
        return { id, ok: true, bytes: NOTHING, key: job.key };
    }
  }
}
