import type { EventData, EventName } from "../events.ts";
import type { Chat } from "../schema/chat.ts";
import type { Notice } from "../schema/sync.ts";
import type { Calls } from "./calls/calls.ts";
import type { Corrections } from "./corrections.ts";
import type { Emitter } from "./emitter.ts";
import type { OwnSettings } from "./own-settings.ts";
import type { Replica } from "./replica/replica.ts";
import type { Sync } from "./sync.ts";
import type { Typing } from "./typing.ts";
import type { ClientEvents } from "./view.ts";
import { checkEvent } from "./wire-check.ts";

export interface IncomingParts {
  readonly replica: Replica;
  readonly sync: Sync;
  readonly typing: Typing;
  readonly events: Pick<Emitter<ClientEvents>, "emit">;
  readonly corrections: Corrections;
  readonly settings: OwnSettings;
  readonly calls: Pick<Calls, "learn" | "signalled" | "refresh" | "doubt">;
  learn(chat: Chat): void;
}

/** What each event of the server and each notice of the inbox changes here. */
export class Incoming {
  readonly #parts: IncomingParts;

  constructor(parts: IncomingParts) {
    this.#parts = parts;
  }

  /** False when the params are not what the table says; nothing was changed then. */
  receive(event: EventName, params: unknown): boolean {
    const { replica, sync, typing, events, calls } = this.#parts;
    switch (event) {
      case "message.new":
        return checked(event, params, ({ chatId, ...message }) => {
          if (replica.offer(chatId, [message], "live")) sync.fill(chatId);
          else sync.pull();
        });
      case "inbox.new":
        return checked(event, params, ({ notice, prev, pos }) => {
          this.noticed(notice);
          if (prev !== undefined) sync.advance({ notice, prev, pos });
          if (notice.kind === "joined" && !replica.get(notice.chatId)?.log.placed) sync.pull();
        });
      case "chat.changed":
        return checked(event, params, ({ chat }) => this.#parts.learn(chat));
      case "member.changed":
        return checked(event, params, (change) => {
          events.emit("memberChanged", change);
          const { change: what, userId } = change;
          if (userId === replica.me && (what === "removed" || what === "left")) replica.left(change.chatId, change.seq);
        });
      case "presence.changed":
        return checked(event, params, (presence) => events.emit("presence", presence));
      case "typing.changed":
        return checked(event, params, ({ chatId, userId, typing: is }) => typing.heard(chatId, userId, is));
      case "read.changed":
        return checked(event, params, (markers) => {
          if (markers.userId === replica.me) replica.read(markers.chatId, markers.read, "elsewhere");
          else events.emit("receipts", markers);
        });
      case "reaction.changed":
        return checked(event, params, (reaction) => events.emit("reaction", reaction));
      case "poll.changed":
        return checked(event, params, (poll) => events.emit("poll", poll));
      case "call.changed":
        return checked(event, params, ({ call }) => calls.learn(call));
      case "call.signalled":
        return checked(event, params, (signalled) => calls.signalled(signalled));
      case "session.ended":
        return checked(event, params, (ended) => events.emit("sessionEnded", ended));
      case "sync.behind":
        return checked(event, params, () => {
          sync.pull();
          calls.refresh();
        });
      case "sync.reset":
        return checked(event, params, ({ epoch }) => {
          // Also before the first pull is over, which may have been read in the epoch before.
          if (sync.epoch !== epoch) sync.pull();
          calls.doubt();
        });
      default:
        return event satisfies never;
    }
  }

  /** Live or pulled, and as often as it comes. */
  noticed(notice: Notice): void {
    const { replica, corrections, settings } = this.#parts;
    switch (notice.kind) {
      case "left":
        replica.left(notice.chatId, notice.seq);
        break;
      case "read":
        replica.read(notice.chatId, notice.seq, "elsewhere");
        break;
      case "retract":
        corrections.retract(notice.chatId, notice.seq, notice.by);
        break;
      case "edit":
        corrections.edit(notice.chatId, notice.seq, notice.version);
        break;
      case "hide":
        corrections.hide(notice.chatId, notice.seqs);
        break;
      case "star": {
        const { chatId, seq, on, version } = notice;
        replica.personal(chatId, (own) => own.setStar(seq, on, version));
        break;
      }
      case "prefs": {
        const { chatId, prefs, version } = notice;
        replica.personal(chatId, (own) => own.setPrefs(prefs, version));
        break;
      }
      case "draft": {
        const { chatId, draft, version } = notice;
        replica.personal(chatId, (own) => own.setDraft(draft, version));
        break;
      }
      case "setting":
        settings.learn([notice.setting], { complete: false });
        break;
      case "joined":
      case "mention":
      case "scheduled":
      case "contact":
      case "invitation":
      case "joinRequest":
      case "account":
        break;
      default:
        notice satisfies never;
    }
    this.#parts.events.emit("notice", notice);
  }
}

function checked<E extends EventName>(event: E, params: unknown, handle: (data: EventData<E>) => void): boolean {
  const data = checkEvent(event, params);
  if (data === null) return false;
  handle(data);
  return true;
}
