import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  RECORD_MAX_BYTES,
  type ServerModeSetting,
  SUBPROTOCOL_CLEAR,
  type Subprotocol,
  selectSubprotocol,
} from "@parley/protocol/secure";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { limitKey, usableHost } from "./address.ts";
import { type Caller, Connection, type ConnectionParts } from "./connection.ts";
import { FRAGMENTS, takeMessage } from "./fragments.ts";
import type { Origins } from "./origins.ts";
import type { Origination, Proxies } from "./proxies.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import { WEBSOCKET_PATH } from "./websocket-path.ts";
import { WebSocketWire } from "./wire.ts";

export interface GatewayParts extends ConnectionParts {
  readonly mode: ServerModeSetting;
  readonly proxies: Proxies;
  readonly origins: Origins;
}

/** A WebSocket message of ours is one fragment; a client that sends crumbs makes us hold a list of them. */
const FRAGMENTS_MAX = 64;
/** The same for what the network cuts: a record in pieces of 256 bytes. */
const BUFFERED_CHUNKS_MAX = 256;
/** Milliseconds for the other side to answer a close frame; a slow reader does not, and its buffer is freed then. */
const CLOSE_TIMEOUT_MS = 5_000;
/** Seconds after which a refused socket may try again. */
const RETRY_AFTER_SECONDS = 5;

/** Upgrades requests to connections. */
export class WebSocketGateway {
  readonly #parts: GatewayParts;
  readonly #server: WebSocketServer;
  #lastId = 0;
  #retiring = false;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    const options = {
      noServer: true,
      clientTracking: false,
      // Ciphertext does not compress, and compression beside secrets leaks them.
      perMessageDeflate: false,
      maxPayload: RECORD_MAX_BYTES,
      maxFragments: FRAGMENTS_MAX,
      maxBufferedChunks: BUFFERED_CHUNKS_MAX,
      closeTimeout: CLOSE_TIMEOUT_MS,
      // A flood of pings would fill the memory with pongs: they are answered with care.
      autoPong: false,
      // IMSC/1 frames are binary: text ends the connection before anybody reads it.
      skipUTF8Validation: true,
      handleProtocols: (offered: Set<string>, request: IncomingMessage) =>
        this.#select([...offered], parts.proxies.originOf(request)) ?? false,
    };
    this.#server = new WebSocketServer(options);
  }

  /** Listener of the HTTP server's `upgrade`. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // A client that resets while it is being refused must not end the process.
    socket.on("error", destroySocket);
    const origin = this.#parts.proxies.originOf(request);
    const address = limitKey(origin.address);
    if (pathOf(request) !== WEBSOCKET_PATH) return refuseUpgrade(socket, 404);
    if (this.#retiring) return refuseUpgrade(socket, 503, { "retry-after": String(RETRY_AFTER_SECONDS) });
    if (!this.#parts.origins.allows(request.headers.origin, origin)) return refuseUpgrade(socket, 403);
    const offered = subprotocolsOf(request);
    const subprotocol = this.#select(offered, origin);
    if (subprotocol === null) {
      if (!offered.includes(SUBPROTOCOL_CLEAR)) return refuseUpgrade(socket, 400);
      return refuseUpgrade(socket, 426, { upgrade: "TLS/1.2, HTTP/1.1", connection: "upgrade" });
    }
    if (!this.#parts.admission.admitSocket(address)) {
      return refuseUpgrade(socket, 503, { "retry-after": String(RETRY_AFTER_SECONDS) });
    }
    let upgraded = false;
    // Calls back at once, or never: then it has answered the client itself.
    this.#server.handleUpgrade(request, socket as Socket, head, (ws) => {
      upgraded = true;
      socket.off("error", destroySocket);
      const { secure } = origin;
      this.#connect(ws, socket as Socket, { address, host: usableHost(origin.host), secure, subprotocol });
    });
    if (!upgraded) this.#parts.admission.release(address);
  };

  /** Refuses new sockets, answers what is in flight, closes each. Resolves when the last is gone. */
  drain(): Promise<void> {
    this.#retiring = true;
    const { channel, limits, connections } = this.#parts;
    const farewell = { after: 0, spread: limits.restartSpreadMs };
    return connections.retire(farewell, (job) => channel.clock.after(limits.drainSeconds * 1_000, job));
  }

  #select(offered: readonly string[], origin: Origination): Subprotocol | null {
    return selectSubprotocol(offered, this.#parts.mode, { tls: origin.secure, loopback: origin.loopback });
  }

  #connect(ws: WebSocket, socket: Socket, caller: Omit<Caller, "id">): void {
    this.#lastId += 1;
    const wire = new WebSocketWire(ws, socket);
    const connection = new Connection(this.#parts, wire, { id: this.#lastId, ...caller });
    (ws as Carrier)[CONNECTION] = connection;
    (socket as Carrier)[CONNECTION] = connection;
    ws.binaryType = FRAGMENTS;
    ws.on("message", onMessage);
    ws.on("ping", onPing);
    ws.on("close", onClose);
    // What is wrong with the frames is in the close code that `ws` sends by itself.
    ws.on("error", ignore);
    socket.on("drain", onDrain);
    connection.start();
  }
}

/** From a socket to what lives on it: one function listens for all of them. */
const CONNECTION = Symbol("connection");
interface Carrier {
  [CONNECTION]?: Connection;
}

function onMessage(this: WebSocket, data: RawData, binary: boolean): void {
  (this as Carrier)[CONNECTION]?.received(takeMessage(data), binary);
}

function onPing(this: WebSocket, data: Buffer): void {
  (this as Carrier)[CONNECTION]?.pinged(data);
}

function onClose(this: WebSocket): void {
  (this as Carrier)[CONNECTION]?.disconnected();
}

function onDrain(this: Socket): void {
  (this as Carrier)[CONNECTION]?.drained();
}

function ignore(): void {}

function destroySocket(this: Duplex): void {
  this.destroy();
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0] ?? "";
}

function subprotocolsOf(request: IncomingMessage): readonly string[] {
  return (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
}
