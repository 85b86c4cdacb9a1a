import { type CloseReason, closeCode } from "../errors.ts";
import { concat, u8, u16, utf8, v16 } from "./bytes.ts";
import { Reader } from "./reader.ts";
import { FRAME } from "./wire.ts";

/** What a WebSocket close frame can carry beside its code. */
const REASON_MAX_BYTES = 123;
const lenientDecoder = new TextDecoder();

/** Body of CLOSE_NOTIFY and ALERT records. The text is shown or logged by the peer, so it never says why a check failed. */
export function encodeNotice(reason: CloseReason, text: string): Uint8Array {
  return concat(u16(closeCode(reason)), utf8(text).subarray(0, REASON_MAX_BYTES));
}

export function decodeNotice(body: Uint8Array): { code: number; reason: string } {
  const reader = new Reader(body);
  const code = reader.u16();
  return { code, reason: lenientDecoder.decode(reader.rest().subarray(0, REASON_MAX_BYTES)) };
}

/** The unprotected frame that a server sends when it gives up before there are keys. A client only shows it. */
export function encodeAlertFrame(reason: CloseReason): Uint8Array {
  return concat(u8(FRAME.alert), u16(closeCode(reason)), v16(new Uint8Array(0)));
}

/** Throws `bad_frame`. */
export function decodeAlertFrame(frame: Uint8Array): { code: number; reason: string } {
  const reader = new Reader(frame);
  reader.u8();
  const code = reader.u16();
  const text = reader.v16();
  reader.end();
  return { code, reason: lenientDecoder.decode(text.subarray(0, REASON_MAX_BYTES)) };
}
