import { bigintRsa } from "./rsa-bigint.ts";
import { type RsaAnswer, RsaDesk, type RsaJob } from "./rsa-job.ts";
import { rsaSelfTest } from "./rsa-self-test.ts";
import { webRandom } from "./web-random.ts";

/** Entry of the RSA worker of a page: `new Worker(new URL("./rsa-worker.ts", import.meta.url), { type: "module" })`. */
interface WorkerScope {
  onmessage: ((event: { readonly data: RsaJob }) => void) | null;
  postMessage(answer: RsaAnswer): void;
}

const scope = globalThis as unknown as WorkerScope;
const desk = new RsaDesk(bigintRsa(webRandom), rsaSelfTest);

scope.onmessage = ({ data }) => {
  void desk.answer(data).then((answer) => scope.postMessage(answer));
};
