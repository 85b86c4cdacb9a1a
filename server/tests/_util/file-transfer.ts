import { createHash } from "node:crypto";
import { request } from "node:http";
import type { Upload } from "@parley/protocol";
import type { DomainPeer } from "./domain-peer.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

/** The HTTP that a client does by itself, at an origin that URLs without host belong to. */
export class FileTransfer {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Status of the store's answer. */
  async put({ url, headers }: Upload, bytes: Uint8Array): Promise<number> {
    return (await this.#send("PUT", url, headers, bytes)).status;
  }

  /** A PUT that stops in the middle. */
  async begin({ url, headers }: Upload, size: number, bytes: Uint8Array): Promise<{ status(): Promise<number> }> {
    const all = { ...headers, "content-length": size };
    const sent = request(new URL(url, this.#origin), { method: "PUT", headers: all, agent: false });
    const status = new Promise<number>((resolve, reject) => {
      sent.on("error", reject);
      sent.on("response", (response) => resolve(response.resume().statusCode ?? 0));
    });
    await new Promise<void>((resolve) => sent.write(bytes, () => resolve()));
    return { status: () => status };
  }

  get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#send("GET", url, headers, null);
  }

  #send(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    bytes: Uint8Array | null,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(url, this.#origin), { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode = 0, headers: answered } = response;
          resolve({ status: statusCode, headers: answered, bytes: Buffer.concat(chunks) });
        });
      });
      sent.on("error", reject);
      sent.end(bytes);
    });
  }
}

export const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

/** What `file.begin` is asked for these bytes. */
export function declared(chatId: string, bytes: Uint8Array, { name = "a.txt", type = "text/plain" } = {}) {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { chatId, name, type, size: bytes.length, sha256, md5: md5(bytes) };
}

/** A complete file of the peer's. */
export async function uploadFile(
  peer: DomainPeer,
  transfer: FileTransfer,
  chatId: string,
  bytes: Uint8Array,
  about: { readonly name?: string; readonly type?: string } = {},
): Promise<string> {
  const { fileId, upload } = await peer.call("file.begin", declared(chatId, bytes, about));
  if (upload === undefined) throw new Error("There is nothing to upload");
  const status = await transfer.put(upload, bytes);
  if (status !== 200) throw new Error(`The store refuses the upload with ${status}`);
  await peer.call("file.complete", { fileId });
  return fileId;
}
