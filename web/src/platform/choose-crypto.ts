import type { WorkerLike } from "@parley/protocol/crypto-pure";
import type { ClientCrypto } from "@parley/protocol/secure";

/** `web`: WebCrypto. `pure-worker`, `pure-forge`: without it, RSA in a worker or by node-forge. */
export type CryptoChoice = "web" | "pure-worker" | "pure-forge";

export function isCryptoChoice(text: string | null): text is CryptoChoice {
  return text === "web" || text === "pure-worker" || text === "pure-forge";
}

/** Pages over plain http have no WebCrypto. Each way is loaded only where it is used. */
export async function chooseCrypto(wanted: CryptoChoice | null): Promise<ClientCrypto> {
  const webHere = window.isSecureContext && globalThis.crypto?.subtle !== undefined;
  const choice = wanted ?? (webHere ? "web" : "pure-worker");
  if (choice === "web") {
    const { webCrypto, webRandom } = await import("@parley/protocol/crypto-web");
    return webCrypto({ random: webRandom });
  }
  const { chooseRsa, pureCrypto, webRandom } = await import("@parley/protocol/crypto-pure");
  const rsa = chooseRsa({
    random: webRandom,
    // Its handlers are typed for any event; what the RSA worker posts is what is read.
    createWorker: () => new Worker(new URL("./rsa-worker.ts", import.meta.url), { type: "module" }) as WorkerLike,
    ...(choice === "pure-forge" ? { force: "forge" as const } : {}),
  });
  return pureCrypto({ random: webRandom, rsa });
}
