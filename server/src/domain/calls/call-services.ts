import type { BusMessage } from "../../bus/bus.ts";
import { DirectPeople } from "../chats/direct-people.ts";
import type { Core } from "../core.ts";
import type { Vanishing } from "../messages/vanishing.ts";
import { CallAccess } from "./call-access.ts";
import { CallBudget } from "./call-budget.ts";
import { CallChanges } from "./call-changes.ts";
import { CallEnding } from "./call-ending.ts";
import { CallList } from "./call-list.ts";
import { CallWatch } from "./call-watch.ts";
import { Callees } from "./callees.ts";
import { Calls } from "./calls.ts";
import { ChatCalls } from "./chat-calls.ts";
import { Ice, type Relays } from "./ice.ts";
import { KnownCalls } from "./known-calls.ts";
import { Signals } from "./signals.ts";

export type CallServices = ReturnType<typeof composeCalls>;

export interface CallNeeds {
  readonly vanishing: Pick<Vanishing, "remember">;
  readonly relays: Relays | null;
  /** Tells those who are connected to this node. */
  readonly tellHere: (message: BusMessage) => void;
}

export function composeCalls(core: Core, { vanishing, relays, tellHere }: CallNeeds) {
  const { store, clock, random, logs, announce, due } = core;
  const known = new KnownCalls(store);
  const directPeople = new DirectPeople(store);
  const access = new CallAccess(store, known, directPeople);
  const budget = new CallBudget(clock);
  const ending = new CallEnding({ store, logs, vanishing });
  const changes = new CallChanges({ known, ending, announce });
  const watch = new CallWatch({ store, clock, due, known, changes, ending });
  const chatCalls = new ChatCalls(store, clock, known);
  const callees = new Callees({ store, clock, directPeople, known });
  const ice = new Ice(store, clock, relays);
  const calls = new Calls({ store, clock, random, known, chatCalls, callees, access, changes, watch, ice, budget });
  const signals = new Signals({ access, announce, budget });
  return { calls, signals, watch, known, list: new CallList({ store, known, tellHere }) };
}
