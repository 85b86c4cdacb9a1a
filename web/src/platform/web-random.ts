import type { Random } from "@parley/protocol";

/** `getRandomValues` is there on insecure pages too. */
export const webRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => Math.random(),
};
