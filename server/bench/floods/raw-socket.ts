import { SUBPROTOCOL_SEALED } from "@parley/protocol/secure";
import { WebSocket } from "ws";
import type { FloodTarget } from "./flood.ts";

/** An upgraded socket that says nothing by itself; null, and the status, when it was refused. */
export function openSocket({ url, from }: FloodTarget): Promise<{ socket: WebSocket | null; status: number }> {
  return new Promise((resolve) => {
    const address = `${url.replace(/^http/, "ws")}/ws`;
    const socket = new WebSocket(address, [SUBPROTOCOL_SEALED], { perMessageDeflate: false, localAddress: from });
    socket.once("open", () => resolve({ socket, status: 101 }));
    socket.once("unexpected-response", (request, response) => {
      resolve({ socket: null, status: response.statusCode ?? 0 });
      request.destroy();
    });
    socket.on("error", () => resolve({ socket: null, status: 0 }));
  });
}

/** The close code; also when `until` ends the wait by cutting the socket. */
export function closeOf(socket: WebSocket, until: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const cut = () => socket.terminate();
    until.addEventListener("abort", cut, { once: true });
    socket.once("close", (code) => {
      until.removeEventListener("abort", cut);
      resolve(code);
    });
    if (until.aborted) cut();
  });
}
