import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplyError } from "@parley/protocol";
import fc from "fast-check";
import { readPair } from "../src/records/pair.ts";
import { INTENT_SHARDS, intentShard } from "../src/store/keys.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import {
  DEEDS,
  type Deed,
  deed,
  type PairModel,
  type PairView,
  STRANGERS,
  viewOf,
  type Who,
} from "./_util/pair-model.ts";
import { callerFor, quickPerson } from "./_util/quick-person.ts";

interface Act {
  readonly who: Who;
  readonly what: Deed;
  /** Which of the two nodes. */
  readonly at: 0 | 1;
}

const act = fc.record({
  who: fc.constantFrom<Who>(0, 1),
  what: fc.constantFrom(...DEEDS),
  at: fc.constantFrom<0 | 1>(0, 1),
});
/** What is done at the same moment; together they stay below what one person may change in a minute. */
const moments = fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });

async function perform(peer: DomainPeer, userId: string, what: Deed): Promise<string> {
  try {
    switch (what) {
      case "ask":
        return (await peer.call("contact.request", { userId, message: "hello" })).accepted ? "yes" : "ok";
      case "accept": {
        const { chatId } = await peer.call("contact.answer", { userId, answer: what });
        assert.ok(chatId !== undefined, "who accepts is told the chat");
        return "ok";
      }
      case "refuse":
      case "ignore":
        await peer.call("contact.answer", { userId, answer: what });
        return "ok";
      default:
        await peer.call(`contact.${what}`, { userId });
        return "ok";
    }
  } catch (error) {
    if (error instanceof ReplyError) return error.name;
    throw error;
  }
}

async function look(peer: DomainPeer, userId: string): Promise<PairView> {
  const [{ profile }, requests, { contacts }, { users: blocked }] = await Promise.all([
    peer.call("user.profile", { userId }),
    peer.call("contact.requests", {}),
    peer.call("contact.list", { limit: 200 }),
    peer.call("contact.blocked", {}),
  ]);
  const view: PairView = {
    contact: profile.contact !== undefined,
    request: profile.request ?? "none",
    blocked: profile.blocked,
    mayWrite: profile.mayWrite,
  };
  const has = (people: readonly { readonly userId: string }[]) => people.some((person) => person.userId === userId);
  const listed: Omit<PairView, "mayWrite"> = {
    contact: has(contacts.map(({ user }) => user)),
    request: has(requests.incoming.map(({ user }) => user))
      ? "in"
      : has(requests.outgoing.map(({ user }) => user))
        ? "out"
        : "none",
    blocked: has(blocked),
  };
  assert.deepEqual(
    listed,
    { contact: view.contact, request: view.request, blocked: view.blocked },
    "lists and profile",
  );
  return view;
}

/** All orders in which the acts may have happened, with the models that explain the answers. */
function explain(models: readonly PairModel[], acts: readonly Act[], answers: readonly string[]): PairModel[] {
  const found: PairModel[] = [];
  const walk = (model: PairModel, left: readonly number[]) => {
    if (left.length === 0) found.push(model);
    for (const i of left) {
      const one = acts[i];
      if (one === undefined) continue;
      const [next, answer] = deed(model, one.who, one.what);
      if (answer === answers[i])
        walk(
          next,
          left.filter((j) => j !== i),
        );
    }
  };
  for (const model of models) walk(model, [...acts.keys()]);
  return [...new Map(found.map((model) => [JSON.stringify(model), model])).values()];
}

onEachStore((store) => {
  test("[SOC-2] whatever two people do, at the same moment and on two nodes, is explained by some order of it", async () => {
    const nodes = [await store.node(), await store.node()] as const;
    await fc.assert(
      fc.asyncProperty(moments, async (happening) => {
        const ids = [await quickPerson(nodes[0]), await quickPerson(nodes[0])] as const;
        const callers = nodes.map((node) => ids.map((id) => callerFor(node, id)));
        let models: PairModel[] = [STRANGERS];
        for (const acts of happening) {
          const answers = await Promise.all(
            acts.map(({ who, what, at }) => {
              const peer = callers[at]?.[who];
              assert.ok(peer);
              return perform(peer, ids[who === 0 ? 1 : 0], what);
            }),
          );
          const views = await Promise.all(
            ([0, 1] as const).map((who) => {
              const peer = callers[1 - who]?.[who];
              assert.ok(peer);
              return look(peer, ids[who === 0 ? 1 : 0]);
            }),
          );
          const before = models;
          models = explain(models, acts, answers).filter((model) => {
            return ([0, 1] as const).every((who) => same(viewOf(model, who), views[who]));
          });
          assert.ok(models.length > 0, JSON.stringify({ before, acts, answers, views }));
        }
        const pair = await readPair(nodes[0].store, ids[0], ids[1]);
        assert.equal(pair.settled, pair.version);
      }),
      { numRuns: 150 },
    );
    for (let shard = 0; shard < INTENT_SHARDS; shard += 1) {
      assert.deepEqual(await nodes[0].store.hashGetAll(intentShard(shard)), {});
    }
  });
});

function same(one: PairView, other: PairView | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
