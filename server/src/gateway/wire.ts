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
      this.#sendCopied(frame);
      return;
    }
    this.#socket.cork();
    this.#socket.write(messageHeader(frame.length));
    this.#socket.write(frame);
    this.#socket.uncork();
  }

  /**
   * As one buffer, since two in one write cost more than to copy. It is the same for all sockets as long as each passes on
   * what it is given; one that does not keeps its part, and gets no second one: it would keep a whole buffer for each message.
   */
  #sendCopied(frame: Uint8Array): void {
    const length = headerBytes(frame.length) + frame.length;
    const shared = this.#socket.writableLength === 0;
    const message = shared ? nextRoom(length) : Buffer.allocUnsafeSlow(length);
    writeHeader(message, frame.length);
    message.set(frame, length - frame.length);
    this.#socket.write(message);
    if (shared && this.#socket.writableLength > 0) giveRoom(length);
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

/** More is not copied behind its header. */
const COPIED_MAX_BYTES = 4_096;

/** Some of the longest copies, so that a socket that keeps one does not cost a new buffer each time. */
const SHARED_BYTES = 4 * COPIED_MAX_BYTES;
/** Where messages are put together, all in the same place: the kernel has copied most of them when `write` returns. */
let sharedBuffer = Buffer.allocUnsafeSlow(SHARED_BYTES);
let given = 0;

/** Overwritten by the next message unless it is given away. */
function nextRoom(length: number): Buffer {
  if (given + length > SHARED_BYTES) {
    sharedBuffer = Buffer.allocUnsafeSlow(SHARED_BYTES);
    given = 0;
  }
  return sharedBuffer.subarray(given, given + length);
}

/** A socket holds on to the room that was next. */
function giveRoom(length: number): void {
  given += length;
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
