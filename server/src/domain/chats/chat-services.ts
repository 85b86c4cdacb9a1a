import type { ChatId } from "@parley/protocol";
import type { Core } from "../core.ts";
import { Intents } from "../deeds/intents.ts";
import type { Blobs } from "../people/blobs.ts";
import { type ChangeArgs, ChatChanges } from "./chat-changes.ts";
import { ChatEntries, type EntryArgs } from "./chat-entries.ts";
import { type DirectArgs, DirectChats } from "./direct-chats.ts";
import { type AskTellArgs, Doorstep, type InvitationTellArgs } from "./doorstep.ts";
import { type CreateGroupArgs, Groups, type GroupsParts, type MemberArgs } from "./groups.ts";
import { type JoinArgs, Joining } from "./joining.ts";
import { LinkGuesses } from "./link-guesses.ts";
import { Links } from "./links.ts";
import { type MuteArgs, type RoleArgs, Roles, type TransferArgs } from "./roles.ts";

export type ChatServices = ReturnType<typeof composeChats>;

export interface ChatNeeds {
  readonly blobs: Blobs;
  /** Of a chat that is deleted. */
  readonly forgetFiles: (chatId: ChatId) => Promise<void>;
  readonly calls: GroupsParts["calls"];
}

export function composeChats(core: Core, { blobs, forgetFiles, calls }: ChatNeeds) {
  const { store, clock, random, log, inbox, logs } = core;
  const intents = new Intents({
    store,
    clock,
    random,
    log,
    deeds: {
      openDirect: (args: DirectArgs): Promise<string> => directChats.create(args),
      createGroup: (args: CreateGroupArgs): Promise<void> => groups.createDeed(args),
      addMember: (args: MemberArgs): Promise<number> => groups.addDeed(args),
      endMembership: (args: MemberArgs): Promise<number> => groups.endDeed(args),
      deleteChat: (args: EntryArgs): Promise<void> => groups.deleteDeed(args),
      changeChat: (args: ChangeArgs): Promise<number> => chatChanges.changeDeed(args),
      setRole: (args: RoleArgs): Promise<number> => roles.setRoleDeed(args),
      transferGroup: (args: TransferArgs): Promise<number> => roles.transferDeed(args),
      muteMember: (args: MuteArgs): Promise<number> => roles.muteDeed(args),
      join: (args: JoinArgs): Promise<number> => joining.joinDeed(args),
      tellAsk: (args: AskTellArgs): Promise<void> => doorstep.tellAsk(args),
      tellInvitation: (args: InvitationTellArgs): Promise<void> => doorstep.tellInvitation(args),
    },
  });
  const directChats = new DirectChats({
    store,
    clock,
    random,
    inbox,
    deed: (args) => intents.run("openDirect", args.chatId, args),
  });
  const entries = new ChatEntries({ store, clock, random, logs });
  const doorstep = new Doorstep({
    store,
    clock,
    inbox,
    owe: {
      ask: (args) => intents.begin("tellAsk", args.chatId, args),
      invitation: (args) => intents.begin("tellInvitation", args.userId, args),
    },
  });
  const groups = new Groups({
    store,
    inbox,
    entries,
    doorstep,
    forgetFiles,
    calls,
    deeds: {
      createGroup: (args) => intents.run("createGroup", args.chatId, args),
      addMember: (args) => intents.run("addMember", args.chatId, args),
      endMembership: (args) => intents.run("endMembership", args.chatId, args),
      deleteChat: (args) => intents.run("deleteChat", args.chatId, args),
    },
  });
  const roles = new Roles({
    store,
    clock,
    entries,
    deeds: {
      setRole: (args) => intents.run("setRole", args.chatId, args),
      transferGroup: (args) => intents.run("transferGroup", args.chatId, args),
      muteMember: (args) => intents.run("muteMember", args.chatId, args),
    },
  });
  const chatChanges = new ChatChanges({
    store,
    entries,
    storeAvatar: (userId, data) => blobs.storeAvatar(userId, data),
    deed: (args) => intents.run("changeChat", args.chatId, args),
  });
  const joining = new Joining({
    store,
    entries,
    links: new Links(store, clock, random),
    guesses: new LinkGuesses(store, clock),
    doorstep,
    seat: (args) => groups.addDeed(args),
    deed: (args) => intents.run("join", args.chatId, args),
  });
  return { intents, directChats, entries, groups, roles, chatChanges, joining };
}
