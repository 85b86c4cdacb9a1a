import { decodeUtf8 } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import { decodeNotice } from "./close-notify.ts";
import { decodeInner } from "./inner.ts";
import { Reassembly } from "./reassembly.ts";
import { INNER } from "./wire.ts";

/** What one record means, in either mode and direction. Which of them may come when is for the channel to say. */
export type Message =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "binary"; readonly bytes: Uint8Array }
  | { readonly type: "closing"; readonly code: number; readonly reason: string }
  | { readonly type: "ping" | "finished" | "ready" | "ticket" | "keyUpdate"; readonly body: Uint8Array }
  | { readonly type: "nothing" };

const NOTHING: Message = { type: "nothing" };
export const PING_BYTES = 8;

/** Turns opened records into messages: checks the layout, joins fragments. Throws `ChannelError`. */
export class MessageReader {
  readonly #reassembly: Reassembly;

  constructor(maxMessage: number) {
    this.#reassembly = new Reassembly(maxMessage);
  }

  read(inner: Uint8Array): Message {
    const { type, more, body } = decodeInner(inner);
    switch (type) {
      case INNER.appText: {
        const whole = this.#reassembly.add(type, more, body);
        return whole ? { type: "text", text: decodeUtf8(whole) } : NOTHING;
      }
      case INNER.appBinary: {
        const whole = this.#reassembly.add(type, more, body);
        return whole ? { type: "binary", bytes: whole } : NOTHING;
      }
      case INNER.ping:
      case INNER.pong:
        if (body.length !== PING_BYTES) throw new ChannelError("bad_frame", "PING has the wrong length");
        return type === INNER.ping ? { type: "ping", body } : NOTHING;
      case INNER.closeNotify:
        return { type: "closing", ...decodeNotice(body) };
      case INNER.alert:
        decodeNotice(body);
        return NOTHING;
      case INNER.finished:
        return { type: "finished", body };
      case INNER.ready:
        return { type: "ready", body };
      case INNER.ticket:
        return { type: "ticket", body };
      case INNER.keyUpdate:
        return { type: "keyUpdate", body };
      default:
        throw new ChannelError("protocol_violation", "unknown record type");
    }
  }
}
