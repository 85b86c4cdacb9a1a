import type { Random } from "../platform.ts";
import type { RsaKey, RsaProvider } from "./rsa.ts";
import { RsaInWorker, type WorkerLike } from "./rsa-in-worker.ts";

export interface RsaChoice {
  readonly random: Random;
  /** Makes the worker from `rsa-worker.ts`; may throw where there are no workers. */
  createWorker(): WorkerLike;
  /** For tests of the fallback. */
  readonly force?: "forge";
}

/** A worker that has not answered by then never will. */
const SELF_TEST_MS = 5_000;

/** The worker where it passes its self-test, node-forge where not; decided at the first key. */
export function chooseRsa(choice: RsaChoice): RsaProvider {
  let chosen: Promise<RsaProvider> | null = null;
  return {
    async generate(bits): Promise<RsaKey> {
      chosen ??= choose(choice);
      return (await chosen).generate(bits);
    },
  };
}

async function choose({ createWorker, random, force }: RsaChoice): Promise<RsaProvider> {
  if (force !== "forge") {
    const worker = await workingWorker(createWorker);
    if (worker) return worker;
  }
  const { forgeRsa } = await import("./rsa-forge.ts");
  return forgeRsa(random);
}

async function workingWorker(createWorker: () => WorkerLike): Promise<RsaInWorker | null> {
  let rsa: RsaInWorker;
  try {
    rsa = new RsaInWorker(createWorker());
  } catch {
    return null;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), SELF_TEST_MS);
  });
  const works = await Promise.race([rsa.selfTest().catch(() => false), tooLate]);
  clearTimeout(timer);
  if (works) return rsa;
  rsa.close();
  return null;
}
