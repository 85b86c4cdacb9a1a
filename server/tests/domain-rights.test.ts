import assert from "node:assert/strict";
import { test } from "node:test";
import type { Role } from "@parley/protocol";
import { BELOW, RIGHTS, type Right } from "../src/domain/chats/rights.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { outcome } from "./_util/refusal.ts";

const ROLES: readonly Role[] = ["owner", "admin", "member"];
type Actor = Role | "former" | "stranger";
const ACTORS: readonly Actor[] = [...ROLES, "former", "stranger"];

type Deed = Exclude<Right, "announce"> | "leave";
/** To whom it is done: to the actor, to another one with that role, or to nobody of the group. */
type Target = "self" | Role | "outsider";
const DEEDS: Readonly<Record<Deed, readonly Target[]>> = {
  update: ["self"],
  pin: ["self"],
  delete: ["self"],
  leave: ["self"],
  add: ["outsider", "member"],
  remove: ["self", "owner", "admin", "member", "outsider"],
  mute: ["self", "owner", "admin", "member", "outsider"],
  setRole: ["self", "owner", "admin", "member", "outsider"],
  transfer: ["self", "owner", "admin", "member", "outsider"],
};

/** What has to come of it, from the table of rights and the rules around it. */
function expected(actor: Actor, deed: Deed, target: Target): string {
  if (actor === "stranger") return "CHAT_NOT_FOUND";
  if (actor === "former") return "NOT_MEMBER";
  if (deed === "leave") return actor === "owner" ? "OWNER_MUST_TRANSFER" : "ok";
  const onPerson = deed === "remove" || deed === "mute" || deed === "setRole" || deed === "transfer";
  if (onPerson && target === "self") return "SELF_NOT_ALLOWED";
  if (!(RIGHTS[deed] as readonly Role[]).includes(actor)) return "FORBIDDEN";
  if (deed === "add") return target === "outsider" ? "ok" : "ALREADY_MEMBER";
  if (!onPerson) return "ok";
  if (target === "outsider") return "NOT_FOUND";
  return BELOW[actor].includes(target as Role) ? "ok" : "FORBIDDEN";
}

onEachStore((store) => {
  let people = 0;
  const person = (node: DomainNode) => node.connect().register(`rights${++people}`);

  test("[CHAT-3] role and deed: who may do what to whom", async () => {
    const node = await store.node();
    const [owner, outsider, stranger, former] = [
      await person(node),
      await person(node),
      await person(node),
      await person(node),
    ];
    const admins = [await person(node), await person(node)];
    const members = [await person(node), await person(node)];
    const inside = [...admins, ...members, former].map(({ userId }) => userId);
    const actors: Record<Actor, DomainPeer | undefined> = {
      owner,
      admin: admins[0],
      member: members[0],
      former,
      stranger,
    };
    const others: Record<Exclude<Target, "self">, DomainPeer | undefined> = {
      owner,
      admin: admins[1],
      member: members[1],
      outsider,
    };
    const group = async () => {
      const { chatId } = (await owner.call("chat.createGroup", { name: "Table", members: inside })).chat;
      for (const { userId } of admins) await owner.call("member.setRole", { chatId, userId, role: "admin" });
      await owner.call("member.remove", { chatId, userId: former.userId });
      const clientId = uuidv7(store.clock.now());
      const body = { text: "to be pinned" };
      said = (await owner.call("message.send", { chatId, clientId, kind: "text", body })).seq;
      return chatId;
    };
    let said = 0;
    let chatId = await group();
    for (const actor of ACTORS) {
      for (const deed of Object.keys(DEEDS) as Deed[]) {
        for (const target of DEEDS[deed]) {
          // There is one owner: what they cannot do to another one, they cannot do at all.
          if (actor === "owner" && target === "owner") continue;
          const by = actors[actor] ?? assert.fail();
          const userId = (target === "self" ? by : (others[target] ?? assert.fail())).userId;
          const calls: Record<Deed, () => Promise<unknown>> = {
            pin: () => by.call("message.pin", { chatId, seq: said, on: true }),
            update: () => by.call("chat.update", { chatId, name: `by ${actor}` }),
            delete: () => by.call("chat.delete", { chatId }),
            leave: () => by.call("chat.leave", { chatId }),
            add: () => by.call("member.add", { chatId, userId }),
            remove: () => by.call("member.remove", { chatId, userId }),
            mute: () => by.call("member.mute", { chatId, userId, untilMs: store.clock.now() + 60_000 }),
            setRole: () => by.call("member.setRole", { chatId, userId, role: target === "admin" ? "member" : "admin" }),
            transfer: () => by.call("member.transfer", { chatId, userId }),
          };
          const came = await outcome(calls[deed]());
          assert.equal(came, expected(actor, deed, target), `${actor} ${deed} ${target}`);
          if (came === "ok") chatId = await group();
        }
      }
    }
  });
});
