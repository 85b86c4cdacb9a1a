import { type ChatId, ReplyError, type UserId } from "@parley/protocol";
import type { ChatEntries } from "../chats/chat-entries.ts";
import { DirectPeople } from "../chats/direct-people.ts";
import type { Core } from "../core.ts";
import { Intents } from "../deeds/intents.ts";
import type { FileServices } from "../files/file-services.ts";
import { type EditArgs, Edits } from "./edits.ts";
import { Markers } from "./markers.ts";
import { type MentionArgs, Mentions } from "./mentions.ts";
import { type PinArgs, Pins } from "./pins.ts";
import { Polls } from "./polls.ts";
import { eraseReactions, Reactions } from "./reactions.ts";
import { type RetractArgs, Retracts } from "./retracts.ts";
import { Sending } from "./sending.ts";
import { type VanishArgs, Vanishing } from "./vanishing.ts";
import { Voices } from "./voices.ts";

export type MessageServices = ReturnType<typeof composeMessages>;

export interface MessageNeeds {
  readonly entries: ChatEntries;
  readonly nodeId: string;
  /** Whether a node is gone for good. */
  readonly isForgotten: (nodeId: string) => boolean;
  /** In which people may retract or edit what they wrote. */
  readonly windowMs: number;
  readonly files: Pick<FileServices, "keeping" | "held">;
}

export function composeMessages(core: Core, { entries, nodeId, isForgotten, windowMs, files }: MessageNeeds) {
  const { store, clock, random, log, inbox, logs, announce, fanOut, due } = core;
  const intents = new Intents({
    store,
    clock,
    random,
    log,
    deeds: {
      pin: (args: PinArgs): Promise<number> => pins.pinDeed(args),
      mention: (args: MentionArgs): Promise<void> => mentions.replay(args),
      retract: (args: RetractArgs): Promise<void> => retracts.finish(args),
      edit: (args: EditArgs): Promise<void> => edits.tell(args),
      vanish: (args: VanishArgs): Promise<void> => vanishing.replay(args),
    },
  });
  const mentions = new Mentions(store, inbox, fanOut);
  const directPeople = new DirectPeople(store);
  const sending = new Sending({
    store,
    clock,
    logs,
    voices: new Voices(store, directPeople),
    mentioning: (args, append) =>
      intents.runAhead("mention", args.chatId, args, {
        first: append,
        rest: ({ seq }) => mentions.tell(args, seq),
      }),
    vanishing: (args, append) =>
      intents.runAhead("vanish", args.chatId, args, {
        first: append,
        rest: ({ seq }) => vanishing.remember(args.chatId, seq),
      }),
    keeping: files.keeping,
  });
  const vanishing = new Vanishing({
    store,
    due,
    erase: (message) => retracts.finish({ ...message, at: clock.now() }),
  });
  const retracts = new Retracts({
    store,
    clock,
    fanOut,
    windowMs,
    attached: [(chatId, seq) => eraseReactions(store, chatId, seq), (chatId, seq) => files.held.erase(chatId, seq)],
    deed: (args) =>
      intents.runAhead("retract", args.chatId, args, {
        first: () => retracts.erase(args),
        rest: async (retract) => {
          if (retract !== null) await retracts.tell(args, retract);
        },
      }),
  });
  const edits = new Edits({
    store,
    clock,
    fanOut,
    mentions,
    windowMs,
    checkVoice: (chatId, member) => sending.checkVoice(chatId, member),
    deed: (args, write) => intents.runAhead("edit", args.chatId, args, { first: write, rest: () => edits.tell(args) }),
  });
  const markers = new Markers({
    store,
    clock,
    nodeId,
    inbox,
    announce,
    isForgotten,
  });
  const requireMayWrite = async (chatId: ChatId, userId: UserId) => {
    const refusal = await sending.mayWrite(chatId, userId);
    if (refusal !== null) throw new ReplyError(refusal);
  };
  const reactions = new Reactions({ store, clock, announce, requireMayWrite });
  const polls = new Polls({ store, clock, announce });
  const pins = new Pins({
    store,
    entries,
    requireMayWrite,
    deed: (args) => intents.run("pin", args.chatId, args),
  });
  return { intents, sending, vanishing, retracts, edits, markers, reactions, polls, pins };
}
