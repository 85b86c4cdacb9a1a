import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ChatId, type JoinPolicy, ReplyError, type Role } from "@parley/protocol";
import fc from "fast-check";
import { readAsks } from "../src/records/doorstep.ts";
import { readSystem } from "../src/records/entry.ts";
import { membersOf } from "../src/records/membership.ts";
import { chatLog } from "../src/store/keys.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";

/** The first is the owner. */
const PEOPLE = ["owner", "admin", "bobby", "carol"] as const;
type Who = (typeof PEOPLE)[number];
const USES = 2;

type Step =
  | { readonly do: "policy"; readonly join: JoinPolicy }
  | { readonly do: "createLink"; readonly uses: boolean }
  | { readonly do: "revokeLink" | "joinLink"; readonly who: Who; readonly link: number }
  | { readonly do: "joinDoor" | "leave" | "accept" | "decline"; readonly who: Who }
  | { readonly do: "approve" | "refuse" | "invite" | "remove" | "add"; readonly by: Who; readonly who: Who }
  | { readonly do: "role"; readonly who: Who; readonly role: "admin" | "member" };

interface ModelLink {
  left: number;
  /** Revoked, or found of no use when the links were listed. */
  removed: boolean;
}

/** What is so, by the rules as a person would tell them. */
class Model {
  join: JoinPolicy = "closed";
  readonly members = new Map<Who, Role>([["owner", "owner"]]);
  /** Was here once. */
  readonly known = new Set<Who>(["owner"]);
  /** Removed by an admin, and not let in by one since. */
  readonly removed = new Set<Who>();
  readonly asks = new Set<Who>();
  readonly invitations = new Map<Who, Who>();
  readonly links: ModelLink[] = [];

  /** Does the step, and answers what it is answered. */
  take(step: Step): string {
    switch (step.do) {
      case "policy":
        this.join = step.join;
        return "ok";
      case "createLink":
        this.links.push({ left: step.uses ? USES : Number.POSITIVE_INFINITY, removed: false });
        return "ok";
      case "revokeLink":
        return this.#asAdmin(step.who, () => {
          const link = this.links[step.link];
          if (link !== undefined) link.removed = true;
          return "ok";
        });
      case "joinLink":
        return this.#joinLink(step.who, this.links[step.link]);
      case "joinDoor":
        return this.#joinDoor(step.who);
      case "leave":
        return this.#leave(step.who);
      case "accept":
        return this.#accept(step.who);
      case "decline":
        this.invitations.delete(step.who);
        return "ok";
      case "approve":
      case "refuse":
        return this.#asAdmin(step.by, () => this.#answer(step.who, step.do === "approve"));
      case "invite":
        if (step.by === step.who) return "SELF_NOT_ALLOWED";
        return this.#asAdmin(step.by, () => this.#invite(step.by, step.who));
      case "add":
        return this.#asAdmin(step.by, () => {
          if (this.members.has(step.who)) return "ALREADY_MEMBER";
          return this.#enter(step.who);
        });
      case "remove":
        return this.#remove(step.by, step.who);
      case "role":
        if (step.who === "owner") return "SELF_NOT_ALLOWED";
        if (!this.members.has(step.who)) return "NOT_FOUND";
        this.members.set(step.who, step.role);
        return "ok";
    }
  }

  isGood(link: ModelLink): boolean {
    return !link.removed && link.left > 0;
  }

  /** Those that can still be accepted. */
  standing(): Who[] {
    return [...this.invitations].filter(([, by]) => this.#isAdmin(by)).map(([who]) => who);
  }

  #isAdmin(who: Who): boolean {
    return this.members.has(who) && this.members.get(who) !== "member";
  }

  #asAdmin(who: Who, work: () => string): string {
    if (!this.members.has(who)) return this.known.has(who) ? "NOT_MEMBER" : "CHAT_NOT_FOUND";
    return this.#isAdmin(who) ? work() : "FORBIDDEN";
  }

  #enter(who: Who): string {
    this.members.set(who, "member");
    this.known.add(who);
    this.removed.delete(who);
    this.asks.delete(who);
    this.invitations.delete(who);
    return "ok";
  }

  #joinLink(who: Who, link: ModelLink | undefined): string {
    if (link === undefined || link.removed) return "LINK_INVALID";
    if (this.members.has(who)) return "ok";
    if (!this.isGood(link) || this.join === "closed") return "LINK_INVALID";
    if (this.removed.has(who)) return "JOIN_CLOSED";
    link.left -= 1;
    return this.#enter(who);
  }

  #joinDoor(who: Who): string {
    if (this.members.has(who)) return "ok";
    if (this.join === "closed" || this.join === "link") return this.known.has(who) ? "JOIN_CLOSED" : "CHAT_NOT_FOUND";
    if (this.join === "open") return this.removed.has(who) ? "JOIN_CLOSED" : this.#enter(who);
    this.asks.add(who);
    return "requested";
  }

  #leave(who: Who): string {
    if (this.asks.delete(who)) return "ok";
    if (!this.members.has(who)) return this.known.has(who) ? "NOT_MEMBER" : "CHAT_NOT_FOUND";
    if (who === "owner" && this.members.size > 1) return "OWNER_MUST_TRANSFER";
    this.members.delete(who);
    return "ok";
  }

  #accept(who: Who): string {
    if (this.members.has(who)) return "ok";
    const by = this.invitations.get(who);
    return by !== undefined && this.#isAdmin(by) ? this.#enter(who) : "NOT_FOUND";
  }

  #answer(who: Who, accept: boolean): string {
    if (!this.asks.delete(who)) return "NOT_FOUND";
    return accept ? this.#enter(who) : "ok";
  }

  #invite(by: Who, who: Who): string {
    if (this.members.has(who)) return "ALREADY_MEMBER";
    const standing = this.invitations.get(who);
    if (standing === undefined || !this.#isAdmin(standing)) this.invitations.set(who, by);
    return "ok";
  }

  #remove(by: Who, who: Who): string {
    const outside = this.#asAdmin(by, () => "ok");
    if (by === who) return outside === "ok" || outside === "FORBIDDEN" ? "SELF_NOT_ALLOWED" : outside;
    if (outside !== "ok") return outside;
    const role = this.members.get(who);
    if (role === undefined) return "NOT_FOUND";
    if (role === "owner" || (role === "admin" && this.members.get(by) !== "owner")) return "FORBIDDEN";
    this.members.delete(who);
    this.removed.add(who);
    return "ok";
  }
}

const who = fc.constantFrom(...PEOPLE);
const guest = fc.constantFrom(...PEOPLE.slice(1));
const link = fc.nat({ max: 1 });
const any = <T>(...values: T[]) => fc.constantFrom(...values);
const byAdmin = any<"approve" | "refuse" | "invite" | "remove" | "add">("approve", "refuse", "invite", "remove", "add");
/** Joining often enough, and removing, that who was removed comes back by every way. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: any("policy" as const),
      join: any<JoinPolicy>("closed", "link", "request", "open", "open"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: any("createLink" as const), uses: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: any("revokeLink" as const), who, link }) },
  { weight: 5, arbitrary: fc.record({ do: any("joinLink" as const), who: guest, link }) },
  { weight: 5, arbitrary: fc.record({ do: any("joinDoor" as const), who: guest }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: any<"leave" | "accept" | "decline">("leave", "accept", "decline"), who: guest }),
  },
  { weight: 4, arbitrary: fc.record({ do: any("remove" as const), by: any<Who>("owner"), who: guest }) },
  { weight: 4, arbitrary: fc.record({ do: byAdmin, by: any<Who>("owner", "admin", "bobby"), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: any("role" as const), who: guest, role: any<"admin" | "member">("admin", "member") }),
  },
);
/** Each story begins with a link and a policy. */
const beginning: readonly Step[] = [
  { do: "policy", join: "open" },
  { do: "createLink", uses: false },
];

let redis: RedisServer;
let nodes: readonly DomainNode[];
/** Each person is connected to both nodes. */
const peers = new Map<Who, readonly DomainPeer[]>();

before(async () => {
  redis = await startRedis();
  nodes = [await startDomain({ location: redis.url }), await startDomain({ location: redis.url })];
  for (const handle of PEOPLE) {
    const [one, other] = nodes.map((node) => node.connect());
    if (one === undefined || other === undefined) throw new Error("Two nodes");
    const { token } = await one.call("auth.register", {
      handle,
      password: "k7-quiet-harbour",
      device: { name: "test" },
    });
    await other.call("auth.resume", { token });
    peers.set(handle, [one, other]);
  }
});
after(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.stop();
});

class Real {
  readonly #codes: string[] = [];
  readonly #chatId: ChatId;

  constructor(chatId: ChatId) {
    this.#chatId = chatId;
  }

  static async create(): Promise<Real> {
    const owner = peer("owner", 0);
    return new Real((await owner.call("chat.createGroup", { name: "Model", members: [] })).chat.chatId);
  }

  async take(step: Step, place: number): Promise<string> {
    for (;;) {
      const answer = await this.#call(step, place).then(
        (result) => ("requested" in result && result.requested ? "requested" : "ok"),
        (error: unknown) => {
          if (error instanceof ReplyError) return error.name;
          throw error;
        },
      );
      // At the same moment as others: a client asks again.
      if (answer !== "CONFLICT") return answer;
    }
  }

  async state() {
    const { store } = nodes[0] as DomainNode;
    const [members, asks, { links }] = await Promise.all([
      membersOf(store, this.#chatId),
      readAsks(store, this.#chatId),
      peer("owner", 1).call("chat.links", { chatId: this.#chatId }),
    ]);
    const invited = await Promise.all(
      PEOPLE.map(async (who) => {
        const { invitations } = await peer(who, 1).call("chat.invitations", {});
        return invitations.some(({ preview }) => preview.chatId === this.#chatId) ? [who] : [];
      }),
    );
    return {
      members: new Map(members.map(({ userId, role }) => [handleOf(userId), role])),
      asks: new Set(asks.map(({ userId }) => handleOf(userId))),
      invited: invited.flat(),
      links: new Map(
        links.map(({ code, usesLeft }) => [this.#codes.indexOf(code), usesLeft ?? Number.POSITIVE_INFINITY]),
      ),
    };
  }

  async systemEntries() {
    const { store } = nodes[0] as DomainNode;
    const texts = await store.listRange(chatLog(this.#chatId), 0, 10_000);
    return texts.flatMap((text) => readSystem(text) ?? []);
  }

  async #call(step: Step, place: number): Promise<object> {
    const chatId = this.#chatId;
    switch (step.do) {
      case "policy":
        return peer("owner", place).call("chat.update", { chatId, join: step.join });
      case "createLink": {
        const { link } = await peer("owner", place).call("chat.createLink", {
          chatId,
          ...(step.uses ? { uses: USES } : {}),
        });
        this.#codes.push(link.code);
        return {};
      }
      case "revokeLink":
        return peer(step.who, place).call("chat.revokeLink", { chatId, code: this.#codes[step.link] ?? "none" });
      case "joinLink":
        return peer(step.who, place).call("chat.join", { code: this.#codes[step.link] ?? "none" });
      case "joinDoor":
        return peer(step.who, place).call("chat.join", { chatId });
      case "leave":
        return peer(step.who, place).call("chat.leave", { chatId });
      case "accept":
      case "decline":
        return peer(step.who, place).call("chat.answerInvitation", { chatId, accept: step.do === "accept" });
      case "approve":
      case "refuse": {
        const params = { chatId, userId: idOf(step.who), accept: step.do === "approve" };
        return peer(step.by, place).call("chat.answerJoin", params);
      }
      case "invite":
        return peer(step.by, place).call("member.invite", { chatId, userId: idOf(step.who) });
      case "add":
        return peer(step.by, place).call("member.add", { chatId, userId: idOf(step.who) });
      case "remove":
        return peer(step.by, place).call("member.remove", { chatId, userId: idOf(step.who) });
      case "role":
        return peer("owner", place).call("member.setRole", { chatId, userId: idOf(step.who), role: step.role });
    }
  }
}

function peer(who: Who, place: number): DomainPeer {
  const found = peers.get(who)?.[place % 2];
  if (found === undefined) throw new Error(`Nobody is called ${who}`);
  return found;
}

const idOf = (who: Who) => peer(who, 0).userId;
const handleOf = (userId: string) => PEOPLE.find((who) => idOf(who) === userId) ?? assert.fail(userId);

test("[CHAT-4] every way in and out, in any order and at any node, does what the rules say", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.nat({ max: 1 })), { minLength: 10, maxLength: 40 }), async (steps) => {
      const [model, real] = [new Model(), await Real.create()];
      for (const [taken, place] of [...beginning.map((first) => [first, 0] as const), ...steps]) {
        const expected = model.take(taken);
        assert.equal(await real.take(taken, place), expected, JSON.stringify(taken));
        const { members, asks, invited, links } = await real.state();
        assert.deepEqual([members, asks, new Set(invited)], [model.members, model.asks, new Set(model.standing())]);
        const good = model.links.map((one, n) => [n, one] as const).filter(([, one]) => model.isGood(one));
        assert.deepEqual(links, new Map(good.map(([n, { left }]) => [n, left])));
        for (const one of model.links) if (one.left === 0) one.removed = true;
      }
    }),
    { seed: 20_261, numRuns: 40 },
  );
});

test("[CHAT-4] all at the same moment at both nodes, nobody comes in by what does not allow it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const real = await Real.create();
      for (const first of beginning) await real.take(first, 0);
      await Promise.all(steps.map((taken, n) => real.take(taken, n)));
      const inside = new Set<string>([idOf("owner")]);
      const removed = new Set<string>();
      for (const entry of await real.systemEntries()) {
        if (entry.event === "added") {
          assert.ok(!inside.has(entry.userId), "nobody comes in twice");
          const alone = entry.how === "link" || entry.how === "open";
          assert.ok(!(alone && removed.has(entry.userId)), "who was removed comes in by no way of their own");
          inside.add(entry.userId);
          removed.delete(entry.userId);
        }
        if (entry.event === "left" || entry.event === "removed") {
          assert.ok(inside.delete(entry.userId), "who goes was there");
          if (entry.event === "removed") removed.add(entry.userId);
        }
      }
      const { members, asks } = await real.state();
      assert.deepEqual(new Set(members.keys()), new Set([...inside].map(handleOf)));
      for (const asking of asks) assert.ok(!members.has(asking), "who is in asks for nothing");
    }),
    { seed: 20_262, numRuns: 30 },
  );
});
