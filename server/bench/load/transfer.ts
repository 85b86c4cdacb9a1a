import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";

const agent = new Agent({ keepAlive: true });
/** Written at once. */
const CHUNK_BYTES = 256 * 1024;

/** Throws unless the server takes all of it. */
export async function upload(url: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<void> {
  const request = httpRequest(url, { method: "PUT", agent, headers: { ...headers, "content-length": body.length } });
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    if (!request.write(body.subarray(at, at + CHUNK_BYTES))) await once(request, "drain");
  }
  request.end();
  const [response] = await answered;
  const text = await textOf(response);
  if (response.statusCode !== 200) throw new Error(`upload: ${response.statusCode} ${text}`);
}

/** Throws unless so many bytes come. */
export async function download(url: string, bytes: number): Promise<void> {
  const [response] = (await once(httpRequest(url, { agent }).end(), "response")) as [IncomingMessage];
  let received = 0;
  response.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  await once(response, "end");
  if (response.statusCode !== 200 || received !== bytes)
    throw new Error(`download: ${response.statusCode}, ${received}`);
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}
