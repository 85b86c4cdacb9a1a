import assert from "node:assert/strict";
import { test } from "node:test";
import { type Message, ReplyError } from "@parley/protocol";
import fc from "fast-check";
import { readChatInfo } from "../src/records/chat-info.ts";
import { chatsOf, membersOf } from "../src/records/membership.ts";
import { chatLog } from "../src/store/keys.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { GroupModel } from "./_util/group-model.ts";

const PEOPLE = 5;
const who = fc.nat(PEOPLE - 1);
const deed = fc.oneof(
  fc.record({ do: fc.constant("add" as const), by: who, to: who }),
  fc.record({ do: fc.constant("remove" as const), by: who, to: who }),
  fc.record({ do: fc.constant("leave" as const), by: who }),
  fc.record({ do: fc.constant("admin" as const), by: who, to: who }),
  fc.record({ do: fc.constant("member" as const), by: who, to: who }),
  fc.record({ do: fc.constant("transfer" as const), by: who, to: who }),
  fc.record({ do: fc.constant("mute" as const), by: who, to: who, hours: fc.nat(2) }),
  fc.record({ do: fc.constant("rename" as const), by: who, name: fc.constantFrom("Red", "Green", "Blue") }),
  fc.record({ do: fc.constant("announcements" as const), by: who, on: fc.boolean() }),
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

/** Of those that are done together, several at once on two nodes. */
const together = fc.array(deed, { minLength: 1, maxLength: 4 });

onEachStore((store) => {
  test("[CHAT-3] whatever people do to a group at once, its log is one that was allowed, and everything follows from it", async () => {
    const nodes = await Promise.all([store.node(), store.node()]);
    const people = await Promise.all(
      Array.from({ length: PEOPLE }, (_, i) => (nodes[i % 2] ?? nodes[0]).connect().register(`model${i}`)),
    );
    const peer = (i: number): DomainPeer => people[i] ?? assert.fail();
    const until = (hours: number) => (hours === 0 ? 0 : 2_000_000_000_000 + hours * 3600_000);
    const perform = (chatId: string, one: Deed): Promise<unknown> => {
      const by = peer(one.by);
      const userId = "to" in one ? peer(one.to).userId : "";
      switch (one.do) {
        case "add":
          return by.call("member.add", { chatId, userId });
        case "remove":
          return by.call("member.remove", { chatId, userId });
        case "leave":
          return by.call("chat.leave", { chatId });
        case "admin":
        case "member":
          return by.call("member.setRole", { chatId, userId, role: one.do });
        case "transfer":
          return by.call("member.transfer", { chatId, userId });
        case "mute":
          return by.call("member.mute", { chatId, userId, untilMs: until(one.hours) });
        case "rename":
          return by.call("chat.update", { chatId, name: one.name });
        case "announcements":
          return by.call("chat.update", { chatId, announcements: one.on });
      }
    };
    const logOf = async (chatId: string) =>
      (await nodes[0].store.listRange(chatLog(chatId), 0, 1000)).map(
        (text, i) => ({ seq: i + 1, ...JSON.parse(text) }) as Message,
      );
    await fc.assert(
      fc.asyncProperty(fc.array(together, { minLength: 1, maxLength: 8 }), async (rounds) => {
        const [owner, ...others] = people;
        const members = others.slice(0, 3).map(({ userId }) => userId);
        const { chatId } = (await (owner ?? assert.fail()).call("chat.createGroup", { name: "Start", members })).chat;
        for (const round of rounds) {
          const before = (await logOf(chatId)).length;
          const came = await Promise.allSettled(round.map((one) => perform(chatId, one)));
          for (const one of came)
            if (one.status === "rejected") assert.ok(one.reason instanceof ReplyError, one.reason);
          const log = await logOf(chatId);
          const model = GroupModel.of(log);
          const done = came.filter(({ status }) => status === "fulfilled").length;
          assert.ok(log.length - before <= done, "what is refused leaves no entry");
          const [listed, info] = await Promise.all([
            membersOf(nodes[1].store, chatId),
            readChatInfo(nodes[1].store, chatId),
          ]);
          assert.deepEqual(new Map(listed.map(({ userId, role }) => [userId, role])), new Map(model.roles));
          for (const { userId, role, joinedSeq, mutedUntil } of listed) {
            assert.equal(joinedSeq, model.joined.get(userId));
            assert.equal(mutedUntil, role === "owner" ? 0 : (model.muted.get(userId) ?? 0));
          }
          assert.equal(info.name, model.settings.name);
          assert.equal(info.settings.announcements, model.settings.announcements ?? false);
          const owners = [...model.roles.values()].filter((role) => role === "owner").length;
          assert.equal(owners, model.roles.size === 0 ? 0 : 1);
          for (const { userId } of people) {
            const own = (await chatsOf(nodes[0].store, userId)).some((chat) => chat.chatId === chatId);
            assert.equal(own, model.roles.has(userId));
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});
