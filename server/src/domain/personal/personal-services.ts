import type { Core } from "../core.ts";
import { Intents } from "../deeds/intents.ts";
import { type ScheduleArgs, Scheduling, type SchedulingParts } from "../messages/scheduling.ts";
import { type HideArgs, Hiding } from "./hiding.ts";
import { OwnChats } from "./own-chats.ts";
import { type PersonalArgs, PersonalState } from "./personal-state.ts";
import { Settings } from "./settings.ts";
import { Stars } from "./stars.ts";

/** What concerns one person alone, on all their devices. */
export type PersonalServices = ReturnType<typeof composePersonal>;

export function composePersonal(core: Core, { send, files }: Pick<SchedulingParts, "send" | "files">) {
  const { store, clock, random, log, inbox, due } = core;
  const intents = new Intents({
    store,
    clock,
    random,
    log,
    deeds: {
      /** A write of a person's own state, and its notice. */
      personal: (args: PersonalArgs): Promise<void> => state.apply(args),
      hide: (args: HideArgs): Promise<void> => hiding.apply(args),
      schedule: (args: ScheduleArgs): Promise<boolean> => scheduling.apply(args),
    },
  });
  const state = new PersonalState({
    store,
    clock,
    inbox,
    deed: (args) => intents.run("personal", args.userId, args),
  });
  const hiding = new Hiding({ store, inbox, deed: (args) => intents.run("hide", args.userId, args) });
  const scheduling = new Scheduling({
    store,
    clock,
    inbox,
    due,
    send,
    files,
    deed: (args) => intents.run("schedule", args.userId, args),
  });
  return {
    intents,
    settings: new Settings(store, clock, state),
    ownChats: new OwnChats(store, state),
    stars: new Stars(store, clock, state),
    hiding,
    scheduling,
  };
}
