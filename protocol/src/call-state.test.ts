import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type CallFact, type CallState, foldCall, nextCall, refusalOf } from "./call-state.ts";
import { CALL_CHANGES_MAX, CALL_PARTICIPANTS_MAX, CALL_PEOPLE_MAX, CALL_RING_MS } from "./limits.ts";
import type { Call } from "./schema/call.ts";

const CALL = "00000000-0000-4000-8000-000000000000";
const MESSAGE = "00000000-0000-7000-8000-000000000001";
const [ANN, BOB, CID, DAN] = ["ann", "bob", "cid", "dan"];
/** A participant: `ann.1` is the first time that Ann's device came. */
const place = (userId: string, times = 1) => `${userId}.${times}`;

const started = (invited: readonly string[] = [BOB], more: Partial<CallFact> = {}): CallFact =>
  ({
    ...{ kind: "started", chatId: "chat", caller: ANN, deviceId: "ann", participantId: place(ANN), video: true },
    ...{ streams: [], invited, messageId: MESSAGE, at: 0, ...more },
  }) as CallFact;
const joined = (userId: string, times = 1, at = 1, deviceId = userId): CallFact => {
  return { kind: "joined", userId, deviceId, participantId: place(userId, times), streams: [], at };
};
const left = (userId: string, times = 1, at = 2): CallFact => ({
  kind: "left",
  participantId: place(userId, times),
  at,
});
const refused = (userId: string, why: "refused" | "busy" = "refused"): CallFact => {
  return { kind: "refused", userId, why, at: 1 };
};
const rang = (userId: string): CallFact => ({ kind: "rang", userId, at: 1 });
const unanswered = (at = CALL_RING_MS): CallFact => ({ kind: "unanswered", at });
const invited = (userIds: readonly string[], at = 1): CallFact => ({ kind: "invited", by: place(ANN), userIds, at });

/** As `ended:missed [ann] bob:missed`. */
function picture(facts: readonly CallFact[]): string {
  const { call } = foldCall(CALL, facts) ?? assert.fail("no call");
  const state = call.state === "ended" ? `ended:${call.outcome}` : call.state;
  const there = call.participants.map(({ participantId }) => participantId).join(" ");
  return [state, `[${there}]`, ...call.invited.map((one) => `${one.userId}:${one.state}`)].join(" ");
}

/** THE TABLE of transitions, each by the facts that lead to it. */
const TRANSITIONS: readonly (readonly [what: string, facts: readonly CallFact[], then: string])[] = [
  ["a call begins", [started()], "ringing [ann.1] bob:calling"],
  ["a device of the callee rings", [started(), rang(BOB)], "ringing [ann.1] bob:ringing"],
  ["two devices ring", [started(), rang(BOB), rang(BOB)], "ringing [ann.1] bob:ringing"],
  ["the callee accepts", [started(), rang(BOB), joined(BOB)], "active [ann.1 bob.1] bob:joined"],
  [
    "they accept before a device said that it rings",
    [started(), joined(BOB), rang(BOB)],
    "active [ann.1 bob.1] bob:joined",
  ],
  ["they refuse", [started(), refused(BOB)], "ended:refused [ann.1] bob:refused"],
  ["they are busy", [started(), refused(BOB, "busy")], "ended:busy [ann.1] bob:busy"],
  ["they are known to be busy", [started([BOB], { busy: [BOB] } as never)], "ended:busy [ann.1] bob:busy"],
  ["the caller cancels", [started(), left(ANN)], "ended:cancelled [] bob:calling"],
  ["the caller hangs up while it rings", [started(), rang(BOB), left(ANN)], "ended:cancelled [] bob:ringing"],
  ["nobody answers", [started(), rang(BOB), unanswered()], "ended:missed [ann.1] bob:missed"],
  ["it has not rung long enough", [started(), unanswered(CALL_RING_MS - 1)], "ringing [ann.1] bob:calling"],
  ["they accept when the time is over", [started(), unanswered(), joined(BOB)], "ended:missed [ann.1] bob:missed"],
  ["the callee hangs up", [started(), joined(BOB), left(BOB)], "ended:finished [ann.1] bob:left"],
  ["the caller hangs up", [started(), joined(BOB), left(ANN)], "ended:finished [bob.1] bob:joined"],
  ["two devices accept", [started(), joined(BOB), joined(BOB, 2)], "active [ann.1 bob.1] bob:joined"],
  ["one device accepts, another refuses", [started(), joined(BOB), refused(BOB)], "active [ann.1 bob.1] bob:joined"],
  ["one device refuses, another accepts", [started(), refused(BOB), joined(BOB)], "ended:refused [ann.1] bob:refused"],
  ["they cancel and accept at once", [started(), left(ANN), joined(BOB)], "ended:cancelled [] bob:calling"],
  [
    "some refuse, some are busy",
    [started([BOB, CID]), refused(BOB), refused(CID, "busy")],
    "ended:refused [ann.1] bob:refused cid:busy",
  ],
  [
    "some are busy, the others miss it",
    [started([BOB, CID]), refused(CID, "busy"), unanswered()],
    "ended:missed [ann.1] bob:missed cid:busy",
  ],
  ["one of two accepts", [started([BOB, CID]), joined(CID)], "active [ann.1 cid.1] bob:calling cid:joined"],
  [
    "the other one misses it",
    [started([BOB, CID]), joined(CID), unanswered()],
    "active [ann.1 cid.1] bob:missed cid:joined",
  ],
  [
    "all but one leave while it rings for somebody",
    [started([BOB, CID]), joined(CID), left(ANN)],
    "active [cid.1] bob:calling cid:joined",
  ],
  [
    "that one refuses",
    [started([BOB, CID]), joined(CID), left(ANN), refused(BOB)],
    "ended:finished [cid.1] bob:refused cid:joined",
  ],
  [
    "somebody joins unasked",
    [started([BOB]), joined(BOB), joined(DAN)],
    "active [ann.1 bob.1 dan.1] bob:joined dan:joined",
  ],
  [
    "the caller leaves a group and comes back",
    [started([BOB, CID]), joined(BOB), joined(CID), left(ANN), joined(ANN, 2)],
    "active [bob.1 cid.1 ann.2] bob:joined cid:joined",
  ],
  [
    "somebody who left comes back as before",
    [started([BOB, CID]), joined(BOB), joined(CID), left(BOB), joined(BOB)],
    "active [ann.1 cid.1] bob:left cid:joined",
  ],
  [
    "somebody who left comes back anew",
    [started([BOB, CID]), joined(BOB), joined(CID), left(BOB), joined(BOB, 2)],
    "active [ann.1 cid.1 bob.2] bob:joined cid:joined",
  ],
  [
    "somebody who left leaves again",
    [started([BOB, CID]), joined(BOB), joined(CID), left(BOB), left(BOB)],
    "active [ann.1 cid.1] bob:left cid:joined",
  ],
  ["somebody is asked in", [started(), joined(BOB), invited([CID])], "active [ann.1 bob.1] bob:joined cid:calling"],
  [
    "who refused is asked again",
    [started([BOB, CID]), joined(CID), refused(BOB), invited([BOB])],
    "active [ann.1 cid.1] cid:joined bob:calling",
  ],
  ["who is there is asked in", [started(), joined(BOB), invited([BOB])], "active [ann.1 bob.1] bob:joined"],
  [
    "it rings for whom was asked late",
    [started(), joined(BOB), invited([CID], 10_000), unanswered()],
    "active [ann.1 bob.1] bob:joined cid:calling",
  ],
  ["nobody is asked in", [started([])], "ringing [ann.1]"],
  ["nobody is asked in, and somebody comes", [started([]), joined(BOB)], "active [ann.1 bob.1] bob:joined"],
  ["nobody is asked in, and the caller goes", [started([]), left(ANN)], "ended:cancelled []"],
  ["the caller calls themselves", [started([ANN, BOB])], "ringing [ann.1] bob:calling"],
  [
    "somebody else starts the same call",
    [started(), started([CID], { caller: DAN } as never)],
    "ringing [ann.1] bob:calling",
  ],
  [
    "a full call",
    [started([]), ..."bcdefg".split("").map((userId) => joined(userId))],
    "active [ann.1 b.1 c.1 d.1 e.1 f.1] b:joined c:joined d:joined e:joined f:joined",
  ],
];

describe("[C1] [C2] [CALL-1] the state of a call", () => {
  for (const [what, facts, then] of TRANSITIONS) test(what, () => assert.equal(picture(facts), then));

  const refusal = (facts: readonly CallFact[], fact: CallFact) => refusalOf(foldCall(CALL, facts), fact);
  const full = [started([]), ..."bcdef".split("").map((userId) => joined(userId))];
  const REFUSALS: readonly (readonly [
    what: string,
    facts: readonly CallFact[],
    fact: CallFact,
    refusal: string | null,
  ])[] = [
    ["nothing but a start begins a call", [], joined(BOB), "CALL_NOT_FOUND"],
    ["a start begins it", [], started(), null],
    ["a start is no second one", [started()], started(), "unchanged"],
    [
      "another device of who is in it",
      [started(), joined(BOB)],
      joined(BOB, 2, 1, "tablet"),
      "CALL_ANSWERED_ELSEWHERE",
    ],
    ["another device of the caller", [started()], joined(ANN, 2, 1, "tablet"), "CALL_ANSWERED_ELSEWHERE"],
    ["the same participant once more", [started(), joined(BOB)], joined(BOB), "unchanged"],
    ["a participant that left", [started([BOB, CID]), joined(BOB), joined(CID), left(BOB)], joined(BOB), "NOT_IN_CALL"],
    ["a seventh one", full, joined("g"), "CALL_FULL"],
    ["one in place of the sixth", [...full, left("f")], joined("g"), null],
    ["joining what has ended", [started(), left(ANN)], joined(BOB), "CALL_OVER"],
    [
      "muting after the end",
      [started(), left(ANN)],
      { kind: "streams", participantId: place(ANN), streams: [], at: 3 },
      "CALL_OVER",
    ],
    ["leaving after the end", [started(), left(ANN)], left(ANN), "unchanged"],
    [
      "streams of nobody",
      [started()],
      { kind: "streams", participantId: place(BOB), streams: [], at: 1 },
      "NOT_IN_CALL",
    ],
    ["an invitation by nobody", [started()], { kind: "invited", by: place(BOB), userIds: [CID], at: 1 }, "NOT_IN_CALL"],
    ["ringing for nobody", [started()], rang(CID), "unchanged"],
    ["refusing unasked", [started()], refused(CID), "unchanged"],
  ];
  for (const [what, facts, fact, expected] of REFUSALS) {
    test(`${what}: ${expected ?? "counts"}`, () => assert.equal(refusal(facts, fact), expected));
  }

  test("the times are those of the facts", () => {
    const { call } = foldCall(CALL, [started(), joined(BOB, 1, 5_000), left(ANN, 1, 65_000)]) ?? assert.fail();
    assert.deepEqual(
      { answeredAt: "answeredAt" in call && call.answeredAt, endedAt: call.state === "ended" && call.endedAt },
      { answeredAt: 5_000, endedAt: 65_000 },
    );
  });

  test("it remembers a bounded number of people, and after too many changes only what ends it counts", () => {
    const crowd = Array.from({ length: CALL_PEOPLE_MAX + 10 }, (_, n) => `user${n}`);
    const asked = foldCall(CALL, [started([]), invited(crowd)]) ?? assert.fail();
    assert.equal(asked.call.invited.length, CALL_PEOPLE_MAX);
    assert.equal(refusalOf(asked, invited(["one more"])), "unchanged");
    const come = nextCall(asked, CALL, joined("one more")) ?? assert.fail();
    assert.equal(come.call.invited.length, CALL_PEOPLE_MAX);
    assert.equal(come.call.participants.length, 2);

    const mute: CallFact = { kind: "streams", participantId: place(ANN), streams: [], at: 1 };
    const many = foldCall(CALL, [started(), joined(BOB), ...Array<CallFact>(CALL_CHANGES_MAX).fill(mute)]);
    assert.equal(refusalOf(many, mute), "CALL_OVER");
    assert.equal(refusalOf(many, joined(CID)), "CALL_OVER");
    assert.equal(nextCall(many, CALL, left(BOB))?.call.state, "ended");
  });
});

const PEOPLE = [ANN, BOB, CID, DAN, "eve", "fay", "gus", "hal"];

/** What any device, and the node that looks after the call, may say at any time, in any order. */
const anyFact = (at: number): fc.Arbitrary<CallFact> => {
  const user = fc.constantFrom(...PEOPLE);
  const times = fc.integer({ min: 1, max: 3 });
  const who = fc.record({ user, times });
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .record({ who, device: fc.constantFrom("phone", "tablet") })
        .map(({ who: { user: u, times: n }, device }) => joined(u, n, at, device)),
    },
    { weight: 3, arbitrary: who.map(({ user: u, times: n }) => left(u, n, at)) },
    user.map(rang),
    fc
      .record({ user, why: fc.constantFrom("refused" as const, "busy" as const) })
      .map(({ user: u, why }) => ({ ...refused(u, why), at })),
    fc
      .record({ who, userIds: fc.uniqueArray(user, { maxLength: 4 }) })
      .map(({ who: { user: u, times: n }, userIds }) => {
        return { kind: "invited" as const, by: place(u, n), userIds, at };
      }),
    who.map(({ user: u, times: n }) => ({ kind: "streams" as const, participantId: place(u, n), streams: [], at })),
    fc.constant(unanswered(at)),
    fc.constant(started([BOB], { at, caller: BOB } as never)),
  );
};

const anyFacts = fc.integer({ min: 1, max: 60 }).chain((length) => {
  const first = fc.record({
    invited: fc.uniqueArray(fc.constantFrom(...PEOPLE)),
    busy: fc.uniqueArray(fc.constantFrom(...PEOPLE)),
  });
  const rest = Array.from({ length }, (_, n) => anyFact((n + 1) * 3_000));
  return fc
    .tuple(first, ...rest)
    .map(([{ invited: asked, busy }, ...others]) => [started(asked, { busy } as never), ...others]);
});

const rung = (call: Call) => call.invited.filter(({ state }) => state === "calling" || state === "ringing");

/** What holds after each fact, whatever came before. */
function check(before: CallState | null, after: CallState, fact: CallFact, version: number): void {
  const { call } = after;
  assert.equal(call.version, version, "the version is the number of facts");
  const users = call.participants.map(({ userId }) => userId);
  assert.equal(new Set(users).size, users.length, "one participant for each user");
  assert.ok(users.length <= CALL_PARTICIPANTS_MAX);
  assert.equal(new Set(call.invited.map(({ userId }) => userId)).size, call.invited.length);
  for (const { participantId, userId } of call.participants)
    assert.equal(after.devices.get(participantId)?.userId, userId);
  if (call.state === "ended") {
    assert.ok(users.length < 2, "never ended while two talk");
    assert.equal(call.outcome === "finished", call.answeredAt !== undefined);
    if (call.outcome === "cancelled") assert.equal(users.length, 0);
    else if (call.outcome !== "finished") assert.equal(rung(call).length, 0, "it does not ring any more");
  } else {
    const isWaiting = users.length === 1 && (rung(call).length > 0 || call.state === "ringing");
    assert.ok(users.length >= 2 || isWaiting, "somebody talks, or waits for somebody");
    assert.equal(call.state === "ringing", !("answeredAt" in call));
  }
  if (before === null) return;
  const refusal = refusalOf(before, fact);
  const { version: _, ...was } = before.call;
  const { version: __, ...is } = call;
  if (refusal !== null) assert.deepEqual(is, was, "what is refused changes nothing");
  if (before.call.state === "ended") assert.deepEqual(is, was, "ended is final");
  if (before.call.state === "active") assert.notEqual(call.state, "ringing");
  if (fact.kind === "joined" && refusal === null) assert.ok(users.includes(fact.userId));
  if (fact.kind === "left" && refusal === null) {
    assert.ok(!call.participants.some(({ participantId }) => participantId === fact.participantId));
  }
  for (const [participantId, device] of before.devices) assert.deepEqual(after.devices.get(participantId), device);
}

describe("[C1] [CALL-1] the state of a call, whatever is said in whatever order", () => {
  const runs = process.env.PARLEY_LONG ? 20_000 : 1_500;

  test("eight people with several devices: every state is a right one", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        let state: CallState | null = null;
        facts.forEach((fact, i) => {
          const after: CallState = nextCall(state, CALL, fact) ?? assert.fail();
          check(state, after, fact, i + 1);
          state = after;
        });
        assert.deepEqual(foldCall(CALL, facts), state, "reading all of it again says the same");
      }),
      { numRuns: runs },
    );
  });

  test("facts that are said twice, as after a lost answer, leave the same call", () => {
    fc.assert(
      fc.property(anyFacts, fc.infiniteStream(fc.boolean()), (facts, twice) => {
        // A repeated invitation or state of streams is a new one; the others are once and for all.
        const isFinal = ({ kind }: CallFact) => kind !== "invited" && kind !== "streams";
        const again = facts.flatMap((fact) => (isFinal(fact) && twice.next().value ? [fact, fact] : [fact]));
        const [once, more] = [facts, again].map((each) => foldCall(CALL, each)?.call ?? assert.fail());
        assert.deepEqual({ ...more, version: 0 }, { ...once, version: 0 });
      }),
      { numRuns: runs },
    );
  });

  test("everybody leaves, or nobody answers in time: it ends", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const state = foldCall(CALL, facts) ?? assert.fail();
        const end = [...state.call.participants.map(({ participantId }) => participantId)].map(
          (participantId): CallFact => ({ kind: "left", participantId, at: 1e6 }),
        );
        const over = end.reduce<CallState>((so, fact) => nextCall(so, CALL, fact) ?? assert.fail(), state);
        assert.equal(over.call.state, "ended");
        if (state.call.participants.length === 1 && state.call.invited.length > 0 && rung(state.call).length > 0) {
          assert.equal(nextCall(state, CALL, unanswered(1e6))?.call.state, "ended");
        }
      }),
      { numRuns: runs },
    );
  });
});
