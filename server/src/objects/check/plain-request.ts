/** As an operator would say why there was no answer. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its name has no address",
  EAI_AGAIN: "its name could not be looked up",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ECONNRESET: "it cut the connection",
  UND_ERR_SOCKET: "it cut the connection",
  UND_ERR_CONNECT_TIMEOUT: "it did not answer in time",
  EPROTO: "it does not speak TLS",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "it does not speak TLS",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is trusted by nobody; NODE_EXTRA_CA_CERTS can name who does",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is trusted by nobody; NODE_EXTRA_CA_CERTS can name who does",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is trusted by nobody; NODE_EXTRA_CA_CERTS can name who does",
};

/** A store that takes longer is of no use to people either. */
const ANSWER_MS = 5_000;
/** Enough for an error in XML and for an object of a probe. */
const MAX_BODY = 16 * 1024;

export type PlainAnswer = { readonly status: number; readonly headers: Headers; readonly body: string };

/** The request was not answered; the message says why, in words for the operator. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** As a client makes it, without any credentials but what the URL carries. Throws `NoAnswer`. */
export async function plainRequest(url: string, init: RequestInit = {}): Promise<PlainAnswer> {
  try {
    const answer = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS) });
    return { status: answer.status, headers: answer.headers, body: await start(answer) };
  } catch (error) {
    throw new NoAnswer(whyUnanswered(error));
  }
}

/** What `fetch` and the sockets below it, or the SDK's, say. */
export function whyUnanswered(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string") return REASONS[code] ?? code;
    // Of a name with several addresses, all of which failed.
    if (at instanceof AggregateError && at.errors.length > 0) return whyUnanswered(at.errors[0]);
    if (at.name === "TimeoutError") return "it did not answer in time";
  }
  return "it gave no answer that could be understood";
}

async function start(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = answer.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    chunks.push(read.value);
    length += read.value.length;
    if (length < MAX_BODY) continue;
    await reader?.cancel();
    break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The code of an error as S3 writes it, or null where the answer is not of that kind. */
export function errorCode(body: string): string | null {
  return /<Error>[\s\S]*?<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? null;
}
