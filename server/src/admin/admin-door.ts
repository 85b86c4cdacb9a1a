import { once } from "node:events";
import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Services } from "../domain/services.ts";
import type { Log } from "../log.ts";
import { type AdminOrder, AdminRefusal, doAdminDeed } from "./deeds.ts";

/** Who may open it is whom the system lets into the data folder: no password goes over it. */
export function adminPath(data: string): string {
  return process.platform === "win32"
    ? `\\\\.\\pipe\\parley-${Buffer.from(data).toString("base64url")}`
    : join(data, "admin.sock");
}

/** An order is a few words. */
const ORDER_MAX_BYTES = 16 * 1024;
const ORDER_MS = 5_000;
/** Operators at once. */
const VISITORS_MAX = 8;

/** Of an answer, one a line. */
export type AdminAnswer = { readonly line: string } | { readonly refused: string } | { readonly done: true };

/**
 * Where `parley admin` of this machine talks to the running server, so that what an operator does goes the way of all other deeds. Null where
 * another process has it (the first of several workers), or the system gives none.
 */
export async function openAdminDoor(
  data: string,
  services: Services,
  log: Log,
): Promise<{ close(): Promise<void> } | null> {
  const path = adminPath(data);
  if (await answers(path)) return null;
  await mkdir(data, { recursive: true });
  if (process.platform !== "win32") await rm(path, { force: true });
  const visitors = new Set<Socket>();
  const server = createServer((socket) => {
    visitors.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => visitors.delete(socket));
    if (visitors.size > VISITORS_MAX) socket.destroy();
    else void serve(socket, services, log);
  });
  try {
    await listening(server, path);
    if (process.platform !== "win32") await chmod(path, 0o600);
  } catch (error) {
    log.warn("there is no door for the operator", { error });
    return null;
  }
  return {
    async close() {
      for (const socket of visitors) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function listening(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, "listening");
}

async function serve(socket: Socket, services: Services, log: Log): Promise<void> {
  const answer = async (what: AdminAnswer) => {
    if (!socket.write(`${JSON.stringify(what)}\n`)) await Promise.race([once(socket, "drain"), once(socket, "close")]);
  };
  try {
    const order = await readOrder(socket);
    log.info("an order of the operator", { reason: order.deed });
    for await (const line of doAdminDeed(services, order)) {
      if (socket.destroyed) return;
      await answer({ line });
    }
    await answer({ done: true });
  } catch (error) {
    if (!(error instanceof AdminRefusal)) log.error("an order of the operator failed", { error });
    await answer({
      refused: error instanceof AdminRefusal ? error.message : "The server failed; its log says where.",
    }).catch(() => {});
  } finally {
    socket.end();
  }
}

async function readOrder(socket: Socket): Promise<AdminOrder> {
  socket.setTimeout(ORDER_MS, () => socket.destroy());
  let text = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.length > ORDER_MAX_BYTES) break;
    if (!text.includes("\n")) continue;
    socket.setTimeout(0);
    const order = parse(text.slice(0, text.indexOf("\n")));
    if (order !== null) return order;
    break;
  }
  throw new AdminRefusal("This is no order.");
}

function parse(text: string): AdminOrder | null {
  try {
    const { deed, words, options } = JSON.parse(text) as Record<string, unknown>;
    if (typeof deed !== "string" || !Array.isArray(words) || typeof options !== "object" || options === null)
      return null;
    if (!words.every((word) => typeof word === "string")) return null;
    return { deed: deed.slice(0, 64), words, options: { ...options } as AdminOrder["options"] };
  } catch {
    return null;
  }
}

/** Somebody lives behind it; a file alone may be left of a server that was killed. */
async function answers(path: string): Promise<boolean> {
  const socket = dial(path);
  const outcome = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return outcome;
}
