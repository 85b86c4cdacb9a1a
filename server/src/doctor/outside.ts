import { randomBytes } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { TLSSocket } from "node:tls";
import { type Finding, failed, ok, unproven, warning } from "./finding.ts";
import { clock } from "./inside.ts";

const ANSWER_MS = 10_000;
/** Who refuses a body does so at once. */
const BODY_REFUSED_MS = 1_000;
const DAY_MS = 24 * 3600_000;
/** Automatic certificates are renewed a month before their end: one that is not was forgotten. */
const CERTIFICATE_WARN_DAYS = 14;
/** What proxies let through by default is 1 MiB; parts of files have up to 64. */
const BODY_BYTES = 64 * 1024 ** 2;

interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly patienceMs?: number;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  readonly upgraded: boolean;
}

export interface OutsideOptions {
  readonly url: string;
  /** Of the server's own, when it is known here. */
  readonly fingerprint: string | null;
  /** Files go by this address, too. */
  readonly hasBuiltInFiles: boolean;
}

/** What people's devices meet at the address that they use. */
export async function* outside({ url, fingerprint, hasBuiltInFiles }: OutsideOptions): AsyncGenerator<Finding> {
  const base = new URL(url);
  const certificate = base.protocol === "https:" ? await inspectCertificate(base) : null;
  if (certificate === null)
    yield warning(`${base.origin} has no TLS: browsers allow no calls, microphone or notifications there.`);
  else yield certificate;
  if (certificate?.outcome === "failed") return;
  let health: Answer;
  try {
    health = await ask(base, { path: "/healthz" });
  } catch (error) {
    yield failed(`${base.origin} does not answer: ${wordsFor(error)}.`);
    return;
  }
  if (health.status !== 200 || health.text !== "ok\n") {
    yield failed(
      `${base.origin}/healthz answers ${health.status}, and not as Parley does: something else answers, or a proxy does not find the server.`,
    );
    return;
  }
  yield ok(`${base.origin} leads to a Parley.`);
  const ready = await ask(base, { path: "/readyz" });
  yield ready.status === 200
    ? ok("It is ready.")
    : failed("It is not ready: its store or its bus does not answer, or it is stopping.");
  const date = Date.parse(String(health.headers.date));
  if (Number.isFinite(date)) yield* clock("The clock behind that address", date - Date.now());
  yield* identity(base, fingerprint);
  yield* webSocket(base);
  if (hasBuiltInFiles) yield* bodySize(base);
  const metrics = await ask(base, { path: "/metrics" });
  if (metrics.status === 200)
    yield warning(
      `${base.origin}/metrics answers from here. If it does so for everybody: --metrics loopback, and name the proxy in --trusted-proxies.`,
    );
  yield unproven(
    "Whether others reach that address: it was asked from this machine. Run this command on another one with --url, too.",
  );
}

async function inspectCertificate(base: URL): Promise<Finding> {
  try {
    const { authorized, why, endsAt } = await new Promise<{ authorized: boolean; why: string; endsAt: number }>(
      (resolve, reject) => {
        const sent = httpsRequest(new URL("/healthz", base), {
          rejectUnauthorized: false,
          agent: false,
          timeout: ANSWER_MS,
        });
        sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
        sent.on("error", reject);
        sent.on("response", (answer) => {
          const socket = answer.socket as TLSSocket;
          const endsAt = Date.parse(socket.getPeerCertificate().valid_to);
          resolve({ authorized: socket.authorized, why: String(socket.authorizationError ?? ""), endsAt });
          answer.destroy();
        });
        sent.end();
      },
    );
    const days = Math.floor((endsAt - Date.now()) / DAY_MS);
    if (days < 0) return failed(`The certificate of ${base.host} ended ${-days} days ago.`);
    if (!authorized) return failed(`Browsers do not trust the certificate of ${base.host} (${why}).`);
    if (days < CERTIFICATE_WARN_DAYS) return warning(`The certificate of ${base.host} ends in ${days} days.`);
    return ok(`The certificate of ${base.host} is trusted, and good for ${days} days.`);
  } catch (error) {
    return failed(`${base.origin} does not answer: ${wordsFor(error)}.`);
  }
}

async function* identity(base: URL, fingerprint: string | null): AsyncGenerator<Finding> {
  const { text } = await ask(base, { path: "/.well-known/imsc.json" });
  let seen: string | null = null;
  try {
    seen = (JSON.parse(text) as { fp?: string }).fp ?? null;
  } catch {
    // Said below.
  }
  if (seen === null) yield failed("It does not say who it is (/.well-known/imsc.json): a proxy keeps that to itself.");
  else if (fingerprint === null) yield unproven(`Whether it is this server: its fingerprint is ${seen}.`);
  else if (seen === fingerprint) yield ok("It is this server: the fingerprint is the same.");
  else yield failed(`It is another server: its fingerprint is ${seen}, and this one's ${fingerprint}.`);
}

async function* webSocket(base: URL): AsyncGenerator<Finding> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    "sec-websocket-protocol": "imsc.v1",
    origin: base.origin,
  };
  const { status, upgraded } = await ask(base, { path: "/ws", headers });
  if (upgraded) yield ok("WebSockets get through.");
  else if (status === 426)
    yield failed(
      "WebSockets do not get through: a proxy passes the request on without Upgrade and Connection. Nobody can sign in.",
    );
  else if (status === 403)
    yield failed(
      `The server refuses sockets of ${base.origin}: --origins does not name it, or a proxy changes Host and is not in --trusted-proxies.`,
    );
  else yield failed(`WebSockets do not get through: ${status} is answered to an upgrade. Nobody can sign in.`);
}

/** Only announced: who refuses a body for its length does so before it comes. A proxy that takes it waits for it, and says nothing. */
async function* bodySize(base: URL): AsyncGenerator<Finding> {
  const headers = { "content-length": String(BODY_BYTES) };
  const announced = { method: "PUT", path: "/objects/parley/doctor", headers, patienceMs: BODY_REFUSED_MS };
  const status = await ask(base, announced).then(
    (answer) => answer.status,
    () => null,
  );
  if (status === 413) {
    yield failed("Large files do not get through: a proxy refuses bodies of 64 MiB (client_max_body_size 0 in nginx).");
  } else if (status === null || status === 403) yield ok("Large bodies get through.");
  else yield unproven(`Whether large files get through: ${status} was answered.`);
}

function ask(base: URL, { method = "GET", path, headers = {}, patienceMs = ANSWER_MS }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = base.protocol === "https:" ? httpsRequest : httpRequest;
    const sent = send(new URL(path, base), { method, headers, agent: false, timeout: patienceMs });
    const end = (answer: Answer) => {
      resolve(answer);
      sent.destroy();
    };
    sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.on("error", reject);
    sent.on("upgrade", (response, socket) => {
      socket.destroy();
      end({ status: 101, headers: response.headers, text: "", upgraded: true });
    });
    sent.on("response", (response) => {
      const { statusCode: status = 0 } = response;
      let text = "";
      response.on("error", () => {});
      response.on("data", (chunk: Buffer) => {
        if (text.length < 64 * 1024) text += chunk.toString();
      });
      response.on("end", () => end({ status, headers: response.headers, text, upgraded: false }));
    });
    // A body that was announced and never comes: the answer is all that is wanted.
    if (headers["content-length"] === undefined) sent.end();
    else sent.flushHeaders();
  });
}

function wordsFor(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ECONNREFUSED":
      return "nobody listens there";
    case "ENOTFOUND":
      return "there is no such name";
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return "it does not speak TLS";
    default:
      return code ?? message;
  }
}
