import { abreast } from "./paced.ts";
import type { System } from "./system.ts";
import type { Talker } from "./talker.ts";
import { Tally } from "./tally.ts";

const CONNECT_ABREAST = 16;

/** A group of which some speak and all others listen, everybody over one connection. */
export interface Group {
  readonly system: System;
  readonly chatId: string;
  readonly speakers: readonly Talker[];
  readonly listeners: readonly Talker[];
  /** What all listeners get together. */
  readonly received: Tally;
}

export async function gather(system: System, speakerCount: number, listenerCount: number): Promise<Group> {
  const people = Array.from({ length: speakerCount + listenerCount }, (_, person) => person);
  const received = new Tally();
  const chatId = await system.group(people);
  const join = async (person: number, tally: Tally) => {
    const talker = await system.connect({ person, how: "resumed", tally });
    await system.enter(talker, chatId);
    return talker;
  };
  const speakers: Talker[] = [];
  for (const person of people.slice(0, speakerCount)) speakers.push(await join(person, new Tally()));
  const listeners = await abreast(people.slice(speakerCount), CONNECT_ABREAST, (person) => join(person, received));
  return { system, chatId, speakers, listeners, received };
}
