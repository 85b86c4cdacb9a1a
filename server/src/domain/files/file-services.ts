import { type ChatId, ReplyError, type UserId } from "@parley/protocol";
import type { Digests } from "../../objects/digests/digests.ts";
import type { Objects } from "../../objects/objects.ts";
import { chatFiles } from "../../store/keys.ts";
import type { Core } from "../core.ts";
import { Intents } from "../deeds/intents.ts";
import { newId } from "../ids.ts";
import { BeginClaims } from "./begin-claims.ts";
import { Completion } from "./completion.ts";
import { FileAccess } from "./file-access.ts";
import { FileClosing } from "./file-closing.ts";
import { FileExpiry } from "./file-expiry.ts";
import { FileList } from "./file-list.ts";
import { FileQuota, type FileRoom } from "./file-quota.ts";
import { FileRefs } from "./file-refs.ts";
import { FileRemoval } from "./file-removal.ts";
import { HeldFiles, type KeepArgs, type Keeping } from "./held-files.ts";
import { Uploads } from "./uploads.ts";

/** The kind of timed deed that lets go of the files of a deleted chat. */
export const CHAT_FILES = "chatFiles";

export interface FileNeeds {
  readonly objects: Objects;
  /** Null: the store vouches for what it holds. */
  readonly digests: Pick<Digests, "sha256"> | null;
  readonly room: FileRoom;
  /** 0: for ever. */
  readonly retentionMs: number;
  readonly requireVoice: (chatId: ChatId, userId: UserId) => Promise<void>;
}

export type FileServices = ReturnType<typeof composeFiles>;

export function composeFiles(core: Core, { objects, digests, room, retentionMs, requireVoice }: FileNeeds) {
  const { store, clock, random, log, due } = core;
  const intents = new Intents({
    store,
    clock,
    random,
    log,
    deeds: {
      /** Of a message that has files. */
      keepFiles: (args: KeepArgs): Promise<void> => held.replay(args),
    },
  });
  const quota = new FileQuota(store, room);
  const refs = new FileRefs({ store, clock, random, due });
  const closing = new FileClosing({ store, clock, objects, quota, due });
  const claims = new BeginClaims({ store, random, closing });
  const removal = new FileRemoval({ store, clock, quota, refs, closing, claims });
  const held = new HeldFiles({ store, clock, refs });
  const uploads = new Uploads({ store, clock, random, objects, quota, refs, closing, claims, removal, requireVoice });
  const completion = new Completion({ store, clock, random, objects, digests, quota, removal, closing });

  /** Does the append between making sure of the files and noting which message has them. */
  const keeping: Keeping = (sent, append, missing) => {
    const args: KeepArgs = { ...sent, token: newId(random), at: clock.now() };
    const first = async () => {
      try {
        if (!(await held.take(args))) throw new ReplyError(missing);
        const appended = await append();
        await held.hold(args.chatId, appended.seq);
        return appended;
      } catch (error) {
        if (error instanceof ReplyError) await held.give(args);
        throw error;
      }
    };
    return intents.runAhead("keepFiles", sent.chatId, args, { first, rest: () => held.give(args) });
  };
  /** Nobody reads the chat any more. */
  const forgetChat = async (chatId: ChatId) => {
    if ((await store.hashLength(chatFiles(chatId))) > 0) await due().add(CHAT_FILES, chatId, clock.now());
  };
  /** Of somebody whose account goes: what no message has goes with it. */
  const forgetOwner = async (userId: UserId) => {
    for await (const fileId of quota.filesOf(userId)) await removal.giveUp({ fileId, owner: userId });
  };
  return {
    ...{ intents, uploads, completion, removal, closing, held, quota, refs, keeping, forgetChat, forgetOwner },
    expiry: retentionMs > 0 ? new FileExpiry({ store, clock, log, refs, removal, retentionMs }) : null,
    access: new FileAccess({ store, clock, objects }),
    list: new FileList(store),
  };
}
