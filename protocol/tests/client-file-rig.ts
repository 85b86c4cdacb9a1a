import { createHash, randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { fetchHttp } from "../src/client/files/fetch-http.ts";
import type { FileSource } from "../src/client/files/file-source.ts";
import type { UploadAbout } from "../src/client/files/upload.ts";
import { type FilesOptions, memoryStorage } from "../src/client/index.ts";
import { nodeHashes } from "../src/client/node.ts";
import type { FileBody } from "../src/schema/file.ts";
import { ModelFiles } from "./client-model-files.ts";
import { ModelServer } from "./client-model-server.ts";
import { clientOf, person } from "./client-person.ts";
import { seededRandom } from "./client-virtual-time.ts";
import { ObjectStore } from "./object-store.ts";
import { RealTime } from "./real-time.ts";

export const MIB = 1024 ** 2;
export const hashes = nodeHashes;
const PLACE = { seq: 1 };

/** A person online at a model server, with an object store over real HTTP. */
export async function fileRig(t: TestContext, options: Partial<FilesOptions> = {}) {
  const store = await ObjectStore.start();
  t.after(() => store.stop());
  const time = new RealTime();
  const server = new ModelServer(time);
  server.files = new ModelFiles(store, () => server.id());
  const files: FilesOptions = { http: fetchHttp(fetch), hashes, ...options };
  let seed = 1;
  const settings = () => {
    // Waits of a hundredth of what they are: a test is not to last for a store that comes back at once.
    const random = { ...seededRandom(seed++), fraction: () => 0.01 };
    return { url: `ws://${store.host}/ws`, files, random };
  };
  const storage = memoryStorage();
  const ann = await person(server, { ...settings(), storage });
  const chatId = server.id();
  server.chats.make(chatId, "direct", [ann.userId, server.id()]);
  const about = (more: Partial<UploadAbout> = {}): UploadAbout => ({
    chatId,
    name: "a.bin",
    type: "application/x-any",
    ...more,
  });
  t.after(() => ann.client.stop());
  return {
    store,
    time,
    server,
    model: server.files,
    ann,
    chatId,
    about,
    storage,
    place: { chatId, ...PLACE },
    /** The same device after its process was killed: nothing of the old one is heard again. */
    async restarted() {
      const { client } = clientOf(server, { ...settings(), storage });
      t.after(() => client.stop());
      await client.start();
      await time.until(() => client.state.name === "online", "online again");
      return client;
    },
    /** A message's body, as a server makes it. */
    bodyOf(fileId: string, more: Partial<FileBody> = {}): FileBody {
      const bytes = store.stored.get(fileId)?.bytes ?? Buffer.alloc(0);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { fileId, name: "a.bin", type: "application/x-any", size: bytes.length, sha256, ...more };
    },
  };
}

/** Another one each time. */
export function randomFile(size: number): Buffer {
  return randomBytes(size);
}

/** Counts what is read of it. */
export class CountedSource implements FileSource {
  readBytes = 0;
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  async slice(from: number, to: number): Promise<Uint8Array> {
    this.readBytes += to - from;
    return this.bytes.subarray(from, to);
  }
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}
