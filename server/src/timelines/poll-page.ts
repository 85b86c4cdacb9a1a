import { limits, type PollState } from "@parley/protocol";
import { requirePoll } from "../records/poll.ts";
import { readVotes } from "../records/votes.ts";
import type { Kv } from "../store/kv.ts";
import type { Jobs } from "./jobs.ts";
import { Page } from "./page.ts";

/** `message.poll`: a poll of a large group is some thousand votes. */
export async function pollPage(store: Kv, { userId, params, now }: Jobs["poll"]): Promise<Uint8Array> {
  const { chatId, seq } = params;
  const { poll } = await requirePoll(store, chatId, userId, seq);
  const { byPerson, closed } = await readVotes(store, chatId, seq);
  const people = poll.options.map((_, option) =>
    [...byPerson].filter(([, options]) => options.includes(option)).map(([person]) => person),
  );
  const state: PollState = {
    counts: people.map((voters) => voters.length),
    voters: byPerson.size,
    mine: [...(byPerson.get(userId) ?? [])],
    closed: closed || (poll.closesAt !== undefined && poll.closesAt <= now),
    ...(poll.anonymous ? {} : { people: people.map((voters) => voters.slice(0, limits.REACTION_PEOPLE_MAX)) }),
  };
  return new Page().text(JSON.stringify({ poll: state })).join();
}
