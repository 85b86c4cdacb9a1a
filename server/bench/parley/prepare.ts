import { abreast } from "../load/paced.ts";
import { Tally } from "../load/tally.ts";
import { dial } from "./dial.ts";
import { Person } from "./person.ts";
import { ParleySystem } from "./system.ts";

/** As many as the server hashes passwords at once, and a few that wait. */
const REGISTER_ABREAST = 4;
/** Challenges asked for over one connection, well under what a stranger may send. */
const CHALLENGES_PER_CONNECTION = 20;

/**
 * Makes the accounts, over the wire and with the default limits, on a node of their own that uses all cores and ends
 * before anything is measured. The first `cold` of them are made ready to sign in with their password.
 */
export async function preparePeople(wanted: {
  readonly storeUrl: string;
  readonly data: string;
  readonly people: number;
  readonly cold: number;
}): Promise<Person[]> {
  const people = Array.from({ length: wanted.people }, (_, number) => new Person(number));
  if (people.length === 0) return people;
  const node = await ParleySystem.start({ storeUrl: wanted.storeUrl, data: wanted.data, core: null, people });
  try {
    await abreast(people, REGISTER_ABREAST, (person) => person.register(node.url, new Tally()));
    await abreast(inPortions(people.slice(0, wanted.cold)), REGISTER_ABREAST, async (portion) => {
      const { talker } = await dial({ url: node.url, kem: "x25519", tally: new Tally(), pin: null, ticket: null });
      for (const person of portion) await person.prepareCold(talker);
      talker.close();
    });
  } finally {
    await node.program.stop();
  }
  return people;
}

function inPortions(people: readonly Person[]): Person[][] {
  const portions: Person[][] = [];
  for (let from = 0; from < people.length; from += CHALLENGES_PER_CONNECTION) {
    portions.push(people.slice(from, from + CHALLENGES_PER_CONNECTION));
  }
  return portions;
}
