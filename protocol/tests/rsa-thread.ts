import { parentPort } from "node:worker_threads";

/** Runs the page's RSA worker on a thread of Node: gives it the two names that a browser's worker has. */
const scope = globalThis as unknown as {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(answer: unknown): void;
};
scope.postMessage = (answer) => parentPort?.postMessage(answer);
await import("../src/secure/rsa-worker.ts");
parentPort?.on("message", (data) => scope.onmessage?.({ data }));
