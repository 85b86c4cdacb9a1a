import { WebSocket } from "ws";
import { within } from "./patience.ts";

export interface Upgrade {
  /** 101 when it was granted, 0 when nobody answered. */
  readonly status: number;
  /** The subprotocol that was selected. */
  readonly protocol: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly socket: WebSocket;
  /** Code and reason of the close; also when it was refused (1006). */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** One attempt at a WebSocket, which says nothing after the upgrade. */
export async function tryUpgrade(
  url: string,
  protocols: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Upgrade> {
  const socket = new WebSocket(url, [...protocols], { headers, perMessageDeflate: false, rejectUnauthorized: false });
  socket.on("error", () => {});
  const gone = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  let granted: Upgrade["headers"] = {};
  socket.on("upgrade", (response) => {
    granted = response.headers;
  });
  const answer = new Promise<Pick<Upgrade, "status" | "headers">>((resolve) => {
    socket.once("open", () => resolve({ status: 101, headers: granted }));
    socket.once("unexpected-response", (request, response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
      request.destroy();
    });
    socket.once("error", () => resolve({ status: 0, headers: {} }));
  });
  const outcome = await within(answer, () => `${url} to answer an upgrade`);
  return {
    ...outcome,
    protocol: socket.protocol,
    socket,
    get closed() {
      return within(gone, () => `${url} to close`);
    },
  };
}
