/**
 * Node to node, at most once, hints only: whoever hears one may be late, hear it twice or not at all, and the store
 * says what is true.
 */
export interface Bus {
  /** Tells the other nodes, never the own. Does not throw and is not awaited. */
  publish(message: BusMessage): void;
  /** One listener; called in the order in which each node published on a channel. */
  listen(listener: BusListener): void;
  /** Whether the other nodes can be told now. Rejects or waits where nothing answers. */
  answers(): Promise<boolean>;
  close(): Promise<void>;
}

export interface BusListener {
  message(message: BusMessage): void;
  /** Messages of this channel, or of any (null), may have been lost. */
  hole(channel: number | null): void;
}

export type BusMessage =
  /** `text` is the stored JSON text of the entry. */
  | { readonly kind: "entry"; readonly chatId: string; readonly seq: number; readonly text: string }
  /** The `number`-th notice of the user's inbox bucket of `month`. */
  | {
      readonly kind: "notice";
      readonly userId: string;
      readonly month: string;
      readonly number: number;
      readonly text: string;
    }
  /** One notice to members of a chat, each with its number in their own bucket of `month`. */
  | {
      readonly kind: "notices";
      readonly chatId: string;
      readonly month: string;
      readonly text: string;
      readonly numbers: readonly (readonly [userId: string, number: number])[];
    }
  | { readonly kind: "typing"; readonly chatId: string; readonly userId: string; readonly typing: boolean }
  | {
      readonly kind: "read";
      readonly chatId: string;
      readonly userId: string;
      readonly read: number;
      readonly delivered: number;
    }
  | {
      readonly kind: "reaction";
      readonly chatId: string;
      readonly seq: number;
      readonly userId: string;
      readonly emoji: string;
      readonly on: boolean;
    }
  /** What clients have of the chat is not what it is any more, and nothing else tells them. */
  | { readonly kind: "behind"; readonly chatId: string }
  | { readonly kind: "poll"; readonly chatId: string; readonly seq: number }
  /** `text` is the JSON text of the call, which has so many facts. `quiet`: it concerns only the people named. `over`: it has ended. */
  | {
      readonly kind: "call";
      readonly chatId: string;
      readonly callId: string;
      readonly version: number;
      readonly text: string;
      readonly people: readonly string[];
      readonly quiet?: true;
      readonly over?: true;
    }
  /** `text` is the JSON text of the signal, for one device. */
  | { readonly kind: "signal"; readonly userId: string; readonly deviceId: string; readonly text: string }
  | { readonly kind: "presence"; readonly userId: string }
  /** Who may see the presence of `userId`, and whose they may see, is another question now; with `otherId`, between the two. */
  | { readonly kind: "visibility"; readonly userId: string; readonly otherId?: string }
  | {
      readonly kind: "revoked";
      readonly userId: string;
      readonly sessionIds: readonly string[];
      /** What the device is told; an older node does not say. */
      readonly why?: "revoked" | "replaced" | "deleted";
    };

/** After a loss one of so many parts is looked at anew. Fixed, because each is counted and may be a subject: not one per chat. */
export const BUS_CHANNELS = 64;

/** The channel that carries what concerns this chat or user. */
export function channelOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUS_CHANNELS;
}

export function channelOfMessage(message: BusMessage): number {
  return channelOf("chatId" in message ? message.chatId : message.userId);
}
