import assert from "node:assert/strict";
import { test } from "node:test";
import { limits as wireLimits } from "@parley/protocol";
import fc from "fast-check";
import { VirtualTime } from "../../tests/_util/virtual-time.ts";
import { FREE, type Job, type Lane, Mailbox, READING } from "./mailbox.ts";
import { TimerWheel } from "./timer-wheel.ts";

class TestJob implements Job {
  wheelSlot = -1;
  nextJob: Job | null = null;
  running = false;
  readonly id: number;
  readonly lane: Lane;
  late = false;

  constructor(id: number, lane: Lane) {
    this.id = id;
    this.lane = lane;
  }

  onTimer(): number {
    this.late = true;
    return 0;
  }
}

function office(readsAtOnce = 2) {
  const begun: TestJob[] = [];
  const owner = { congested: false, begin: (job: TestJob) => void begun.push(job) };
  const time = new VirtualTime();
  const wheel = new TimerWheel(time);
  return { begun, owner, time, wheel, mailbox: new Mailbox<TestJob>(owner, wheel, 30, readsAtOnce) };
}

const ids = (jobs: TestJob[]) => jobs.map((job) => job.id);

test("jobs of one lane run one after the other, in order; other lanes, reads and those without a lane pass them", () => {
  const { begun, mailbox } = office();
  const jobs = [
    new TestJob(1, "a"),
    new TestJob(2, "a"),
    new TestJob(3, "b"),
    new TestJob(4, READING),
    new TestJob(5, "a"),
    new TestJob(6, FREE),
    new TestJob(7, FREE),
  ];
  for (const job of jobs) mailbox.add(job);
  assert.deepEqual(ids(begun), [1, 3, 4, 6, 7]);
  mailbox.done(jobs[0] as TestJob);
  assert.deepEqual(ids(begun), [1, 3, 4, 6, 7, 2]);
  mailbox.done(jobs[1] as TestJob);
  assert.deepEqual(ids(begun), [1, 3, 4, 6, 7, 2, 5]);
});

test("only so many reads run at once", () => {
  const { begun, mailbox } = office(2);
  for (let id = 1; id <= 4; id += 1) mailbox.add(new TestJob(id, READING));
  assert.deepEqual(ids(begun), [1, 2]);
  mailbox.done(begun[0] as TestJob);
  assert.deepEqual(ids(begun), [1, 2, 3]);
});

test("while replies do not drain, nothing begins", () => {
  const { begun, mailbox, owner } = office();
  owner.congested = true;
  mailbox.add(new TestJob(1, READING));
  assert.deepEqual(ids(begun), []);
  owner.congested = false;
  mailbox.wake();
  assert.deepEqual(ids(begun), [1]);
});

test("it is full at REQUESTS_IN_FLIGHT_MAX and a job is done once", () => {
  const { begun, mailbox } = office();
  for (let id = 1; !mailbox.full; id += 1) mailbox.add(new TestJob(id, "a"));
  assert.ok(mailbox.has(wireLimits.REQUESTS_IN_FLIGHT_MAX));
  assert.ok(!mailbox.has(wireLimits.REQUESTS_IN_FLIGHT_MAX + 1));
  const first = begun[0] as TestJob;
  assert.ok(mailbox.done(first));
  assert.ok(!mailbox.done(first));
  assert.ok(!mailbox.full);
});

test("a job that waits or runs for too long is told so, one that is done is not", async () => {
  const { mailbox, time, wheel } = office();
  const jobs = [new TestJob(1, "a"), new TestJob(2, "a"), new TestJob(3, "b")];
  for (const job of jobs) mailbox.add(job);
  mailbox.done(jobs[2] as TestJob);
  await time.run(32_000);
  wheel.stop();
  assert.deepEqual(
    jobs.map((job) => job.late),
    [true, true, false],
  );
});

test("whatever comes and ends in whatever order, lanes keep theirs and no job is lost", () => {
  const step = fc.oneof(
    fc.record({ lane: fc.constantFrom("a", "b", "c", READING, FREE) }),
    fc.record({ ends: fc.nat({ max: 63 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { begun, mailbox } = office(2);
      const running = () => begun.filter((job) => mailbox.has(job.id));
      let added = 0;
      for (const next of steps) {
        if ("lane" in next) {
          if (!mailbox.full) mailbox.add(new TestJob(++added, next.lane));
        } else if (running().length > 0) mailbox.done(running()[next.ends % running().length] as TestJob);
        const lanes = running().map((job) => job.lane);
        assert.ok(lanes.filter((lane) => lane === READING).length <= 2);
        for (const lane of ["a", "b", "c"]) assert.ok(lanes.filter((other) => other === lane).length <= 1);
      }
      while (running().length > 0) mailbox.done(running()[0] as TestJob);
      assert.ok(mailbox.idle);
      assert.equal(begun.length, added);
      for (const lane of ["a", "b", "c", READING, FREE]) {
        const order = ids(begun.filter((job) => job.lane === lane));
        assert.deepEqual(
          order,
          [...order].sort((a, b) => a - b),
        );
      }
    }),
  );
});
