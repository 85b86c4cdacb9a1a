import type { CloseReason } from "../errors.ts";

/** The only thing the decoders and state machines throw: why the connection has to end. The message is for our own log. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
  readonly reason: CloseReason;

  constructor(reason: CloseReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}
