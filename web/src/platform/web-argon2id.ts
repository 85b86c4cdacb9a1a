import type { Argon2id } from "@parley/protocol/client";

/** Some 70 ms of WebAssembly at a sign-in, loaded with the first one. */
export const webArgon2id: Argon2id = async ({ password, salt, memoryKiB, iterations, parallelism }) => {
  const { argon2id } = await import("./argon2-wasm.ts");
  return argon2id({
    password,
    salt,
    memorySize: memoryKiB,
    iterations,
    parallelism,
    hashLength: 32,
    outputType: "binary",
  });
};
