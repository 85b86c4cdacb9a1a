import { createReadStream, createWriteStream } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** The least that takes and gives files: no signature, no hash, nothing is made to last. `node file-server.js <folder>` */
const folder = process.argv[2] ?? "";

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = join(folder, (request.url ?? "").replace(/[^a-z0-9-]/g, ""));
  if (request.method === "PUT") {
    await pipeline(request, createWriteStream(path));
    response.end();
  } else {
    await pipeline(createReadStream(path), response);
  }
}

const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy());
});
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  process.disconnect();
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`ready on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
