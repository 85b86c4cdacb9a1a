import type { UserId } from "@parley/protocol";
import type { DirectArgs } from "../chats/direct-chats.ts";
import type { Core } from "../core.ts";
import { Intents } from "../deeds/intents.ts";
import type { Blobs } from "./blobs.ts";
import { type ContactNotedArgs, Contacts } from "./contacts.ts";
import { Directory } from "./directory.ts";
import { type PairArgs, Pairs } from "./pairs.ts";
import { type AccountChangedArgs, Profiles } from "./profiles.ts";

export type PeopleServices = ReturnType<typeof composePeople>;

export interface PeopleNeeds {
  readonly blobs: Blobs;
  /** Whoever become contacts get a chat. */
  readonly openChat: (args: DirectArgs) => Promise<string>;
  /** Who blocks somebody does not go on talking to them. */
  readonly hangUp: (by: UserId, other: UserId) => Promise<void>;
}

export function composePeople(core: Core, { blobs, openChat, hangUp }: PeopleNeeds) {
  const { store, clock, random, log, inbox, logs, announce } = core;
  const intents = new Intents({
    store,
    clock,
    random,
    log,
    deeds: {
      pair: (args: PairArgs): Promise<void> => pairs.settle(args),
      contactNoted: (args: ContactNotedArgs): Promise<void> => contacts.tellNoted(args),
      accountChanged: (args: AccountChangedArgs): Promise<void> => profiles.tell(args),
    },
  });
  const profiles = new Profiles({
    store,
    inbox,
    blobs,
    begin: (args) => intents.begin("accountChanged", args.userId, args),
    visibilityChanged: (userId) => announce({ kind: "visibility", userId }),
  });
  const pairs = new Pairs({
    store,
    clock,
    random,
    inbox,
    logs,
    announce,
    openChat,
    hangUp,
    begin: (args) => intents.begin("pair", [...args.people].sort().join(":"), args),
  });
  const contacts = new Contacts({
    store,
    inbox,
    pairs,
    begin: (args) => intents.begin("contactNoted", args.userId, args),
  });
  return { intents, directory: new Directory(store), profiles, pairs, contacts };
}
