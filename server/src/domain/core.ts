import type { Clock, Random } from "@parley/protocol";
import type { BusMessage } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import type { Kv } from "../store/kv.ts";
import type { Due } from "./deeds/due.ts";
import type { FanOut } from "./inbox/fan-out.ts";
import type { Inbox } from "./inbox/inbox.ts";
import type { ChatLogs } from "./messages/chat-logs.ts";

/** What the services of every noun lean on. */
export interface Core {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** To those who are connected, at any node. */
  readonly announce: (message: BusMessage) => void;
  readonly logs: ChatLogs;
  readonly inbox: Inbox;
  readonly fanOut: FanOut;
  /** Knows the deeds of all nouns, so it is there only when they are. */
  readonly due: () => Due;
}
