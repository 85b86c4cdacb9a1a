import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { closeCode } from "@parley/protocol";
import { nodeClock, nodeRandom } from "@parley/protocol/client-node";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { ServerChannel, type ServerSide, SUBPROTOCOL_SEALED } from "@parley/protocol/secure";
import { type WebSocket, WebSocketServer } from "ws";
import { RawConnection } from "./raw-connection.ts";

const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * Somebody on the path who ends the client's channel with an identity of his own and holds another channel to the true
 * server. He reads and passes on every line in both directions.
 */
export class ManInTheMiddle {
  /** Every line that clients said to him, in clear. */
  readonly overheard: string[] = [];
  private readonly server: WebSocketServer;
  private readonly targetUrl: string;

  private constructor(targetUrl: string) {
    this.targetUrl = targetUrl;
    this.server = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      path: "/ws",
      handleProtocols: () => SUBPROTOCOL_SEALED,
    });
    this.server.on("connection", (socket) => this.intercept(socket));
  }

  static async open(targetUrl: string): Promise<ManInTheMiddle> {
    const man = new ManInTheMiddle(targetUrl);
    await once(man.server, "listening");
    return man;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/ws`;
  }

  async close(): Promise<void> {
    for (const socket of this.server.clients) socket.terminate();
    this.server.close();
    await once(this.server, "close");
  }

  private intercept(socket: WebSocket): void {
    const upstream = RawConnection.open(this.targetUrl);
    const channel: ServerSide = new ServerChannel(SETTINGS, {
      send: (frame) => socket.send(frame),
      event: (event) => {
        if (event.type === "text") {
          this.overheard.push(event.text);
          void upstream.then((server) => server.sendText(event.text));
        } else if (event.type === "failed" || event.type === "closing" || event.type === "closed") {
          socket.close(event.type === "failed" ? closeCode(event.reason) : 1000);
        }
      },
      checkTicket: async () => false,
      admitFull: () => 0,
    });
    socket.on("message", (data: Buffer) => channel.receive(data));
    socket.on("close", () => void upstream.then((server) => server.close()));
    void upstream.then((server) => {
      server.overhear = (text) => channel.sendLines([Buffer.from(text)]);
    });
    channel.start();
  }
}

const TICKET_KEY = { id: nodeRandom.bytes(4), key: nodeRandom.bytes(32), pskOnly: false };

const SETTINGS = {
  crypto: nodeCrypto,
  random: nodeRandom,
  clock: nodeClock,
  identity: nodeCrypto.signingKey(nodeRandom.bytes(32)),
  rotations: [],
  kems: ["rsa2048", "x25519"] as const,
  ticketKeys: { current: () => TICKET_KEY, find: () => undefined },
  maxMessage: MAX_MESSAGE_BYTES,
  ready: {
    heartbeatSeconds: 30,
    idleTimeoutSeconds: 75,
    requireImsc: false,
    tlsAvailable: false,
    reconnectSpreadMs: 0,
  },
};
