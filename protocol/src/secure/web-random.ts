import type { Random } from "../platform.ts";

/** `getRandomValues` is there on insecure pages and in workers too. It fills at most 64 KiB at once; nobody asks for so much. */
export const webRandom: Random = {
  bytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => (globalThis.crypto.getRandomValues(new Uint32Array(1))[0] as number) / 2 ** 32,
};
