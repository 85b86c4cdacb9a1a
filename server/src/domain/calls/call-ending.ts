import type { CallBody, CallState } from "@parley/protocol";
import { metrics } from "../../metrics.ts";
import { unlistCall } from "../../records/call-record.ts";
import { type ChatInfo, readChatInfo } from "../../records/chat-info.ts";
import type { Entry } from "../../records/entry.ts";
import { userCalls } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { ChatLogs } from "../messages/chat-logs.ts";
import type { Vanishing } from "../messages/vanishing.ts";

export interface CallEndingParts {
  readonly store: Kv;
  readonly logs: ChatLogs;
  readonly vanishing: Pick<Vanishing, "remember">;
}

/** What follows from the end of a call: the message that it leaves, and that nobody is in it any more. */
export class CallEnding {
  readonly #parts: CallEndingParts;

  constructor(parts: CallEndingParts) {
    this.#parts = parts;
  }

  /**
   * Any number of times, by whoever finds that the call has ended. It leaves the list of calls last: as long as it is
   * there, something may be undone.
   */
  async finish(state: CallState): Promise<void> {
    await this.leaveMessage(state);
    await this.unlist(state);
  }

  /** Nothing for a call that goes on. `chat`, if it was read already. */
  async leaveMessage(state: CallState, chat?: ChatInfo): Promise<void> {
    const { call, messageId } = state;
    if (call.state === "ended") await this.#append(call, messageId, chat ?? (await this.readChat(state)));
  }

  /** Once it has left its message. */
  async unlist({ call, devices }: CallState): Promise<void> {
    const { store } = this.#parts;
    // A node that died as somebody joined may have written it down for them.
    const users = new Set([...devices.values(), ...call.invited].map(({ userId }) => userId));
    // They leave in this order; what is left of a user's is found out when that user is called.
    await Promise.all([
      ...[...users].map((userId) => store.hashDelete(userCalls(userId), call.callId)),
      unlistCall(store, call),
    ]);
  }

  /** What the message depends on. */
  readChat({ call }: CallState): Promise<ChatInfo> {
    return readChatInfo(this.#parts.store, call.chatId);
  }

  async #append(
    call: Extract<CallState["call"], { state: "ended" }>,
    clientId: string,
    { settings, deletedSeq }: ChatInfo,
  ): Promise<void> {
    const { logs, vanishing } = this.#parts;
    const { chatId, caller, endedAt } = call;
    if (deletedSeq > 0) return;
    const vanishes = settings.disappearMs > 0;
    const entry: Entry = {
      ...{ sender: caller, clientId, sentAt: endedAt, kind: "call", body: bodyOf(call) },
      ...(vanishes && { expiresAt: endedAt + settings.disappearMs }),
    };
    const { seq, duplicate } = await logs.append(chatId, entry);
    if (!duplicate) metrics.callsEnded.add(call.outcome);
    if (vanishes) await vanishing.remember(chatId, seq);
  }
}

function bodyOf(call: Extract<CallState["call"], { state: "ended" }>): CallBody {
  const { callId, video, outcome, endedAt, answeredAt } = call;
  // Clocks of nodes differ.
  const duration = answeredAt === undefined ? {} : { durationMs: Math.max(0, endedAt - answeredAt) };
  return { callId, video, outcome, ...duration };
}
