import type { ChatId } from "../ids.ts";
import type { Method, Params, Result } from "../requests.ts";
import type { Message } from "../schema/message.ts";

export type HistoryPage = Result<"message.history">;
/** Where a message is in its chat. */
export type Acknowledged = Result<"message.send">;

/** How the parts of the client talk to the server, and read what is cached of it. */
export interface Requester {
  request<M extends Method>(method: M, params: Params<M>, timeoutMs?: number): Promise<Result<M>>;
  /** From the cache where it has them, else from the server. */
  historyAfter(chatId: ChatId, after: number, limit: number): Promise<{ readonly messages: readonly Message[] }>;
  historyBefore(chatId: ChatId, before: number, limit: number): Promise<{ readonly messages: readonly Message[] }>;
}
