import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** What a connection needs of its socket. */
export interface Wire {
  send(frame: Uint8Array): void;
  /** Frames between the two leave in one write. */
  cork(): void;
  uncork(): void;
  /** Answers a WebSocket ping. */
  pong(data: Uint8Array): void;
  /** Bytes that the other side has not taken yet, beyond what the kernel holds. */
  readonly unsentBytes: number;
  /** What is written now only waits in memory; the owner is told when the socket drains. */
  readonly blocked: boolean;
  /** Changes whenever the other side takes bytes. */
  readonly drainMark: number;
  pause(): void;
  resume(): void;
  /** After what was sent. The socket is destroyed when the other side does not answer in time. */
  close(code: number, reason: string): void;
  destroy(): void;
}

const BINARY = { binary: true, compress: false } as const;

/** libuv's count of bytes that one unfinished write still holds; stream counters move only when a whole write is done. */
interface WithHandle {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

export class WebSocketWire implements Wire {
  readonly #ws: WebSocket;
  readonly #socket: Socket;

  constructor(ws: WebSocket, socket: Socket) {
    this.#ws = ws;
    this.#socket = socket;
  }

  send(frame: Uint8Array): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(frame, BINARY);
  }

  pong(data: Uint8Array): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.pong(data);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  get unsentBytes(): number {
    return this.#ws.bufferedAmount;
  }

  get blocked(): boolean {
    return this.#socket.writableNeedDrain;
  }

  get drainMark(): number {
    const inOneWrite = (this.#socket as WithHandle)._handle?.writeQueueSize ?? 0;
    return this.#socket.bytesWritten - this.#socket.writableLength - inOneWrite;
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  destroy(): void {
    this.#ws.terminate();
  }
}
