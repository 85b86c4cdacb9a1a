import { type CallState, limits, type Params, ReplyError } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import type { Session } from "../../live/caller.ts";
import type { CallAccess } from "./call-access.ts";
import type { CallBudget } from "./call-budget.ts";

/** A signal of this many characters counts as two: a burst of descriptions of 64 KiB would be 12 MB for somebody. */
const UNIT_CHARS = 8 * 1024;

export interface SignalsParts {
  readonly access: CallAccess;
  readonly announce: (message: BusMessage) => void;
  readonly budget: CallBudget;
}

/** Passes on what two participants tell each other. Nothing is stored, and nothing of it is read. */
export class Signals {
  readonly #parts: SignalsParts;

  constructor(parts: SignalsParts) {
    this.#parts = parts;
  }

  async send(session: Session, { callId, from, to, link, number, signal }: Params<"call.signal">): Promise<void> {
    const { access, announce, budget } = this.#parts;
    const state = await access.ofParticipant(session, callId, from, to);
    const device = state.devices.get(to);
    if (device === undefined || to === from || !isIn(state, to)) throw new ReplyError("NOT_IN_CALL");
    const text = JSON.stringify({ callId, from, to, link, number, signal });
    if (text.length > limits.SIGNAL_MAX_BYTES) throw new ReplyError("INVALID_PARAMS", { message: "Too long a signal" });
    budget.spend(session.userId, 1 + Math.floor(text.length / UNIT_CHARS));
    announce({ kind: "signal", userId: device.userId, deviceId: device.deviceId, text });
  }
}

function isIn({ call }: CallState, id: string): boolean {
  return call.participants.some(({ participantId }) => participantId === id);
}
