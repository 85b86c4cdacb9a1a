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

/** RFC 6455: FIN and the opcode of a binary message. */
const BINARY_MESSAGE = 0x82;

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

  /**
   * Past `ws`, whose general way costs a quarter of a delivery: it, too, writes whole messages at once when nothing is
   * compressed, so its own frames and these cannot mix.
   */
  send(frame: Uint8Array): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    if (frame.length <= COPIED_MAX_BYTES) {
      this.#socket.write(wholeMessage(frame));
      return;
    }
    this.#socket.cork();
    this.#socket.write(messageHeader(frame.length));
    this.#socket.write(frame);
    this.#socket.uncork();
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

/** More is not copied behind its header, and comes from no pool that other frames share. */
const COPIED_MAX_BYTES = 4_096;

/**
 * One buffer, since two in one write cost more than to copy. Not from the pool: a message that waits for a slow reader
 * would keep a slab alive that a hundred others share.
 */
function wholeMessage(frame: Uint8Array): Uint8Array {
  const at = headerBytes(frame.length);
  const message = Buffer.allocUnsafeSlow(at + frame.length);
  writeHeader(message, frame.length);
  message.set(frame, at);
  return message;
}

function messageHeader(length: number): Uint8Array {
  const header = Buffer.allocUnsafe(headerBytes(length));
  writeHeader(header, length);
  return header;
}

/** A server does not mask, so two, four or ten. */
function headerBytes(length: number): 2 | 4 | 10 {
  if (length < 126) return 2;
  return length > 0xffff ? 10 : 4;
}

function writeHeader(message: Buffer, length: number): void {
  message[0] = BINARY_MESSAGE;
  if (length < 126) {
    message[1] = length;
  } else if (length > 0xffff) {
    message[1] = 127;
    message.writeBigUInt64BE(BigInt(length), 2);
  } else {
    message[1] = 126;
    message.writeUInt16BE(length, 2);
  }
}
