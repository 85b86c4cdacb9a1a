import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { turnsUntil } from "./_util/patience.ts";
import { openDirect, registerPerson, textMessage } from "./_util/person.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { assertSurvived, meetInGroup } from "./_util/survival.ts";
import { Witness } from "./_util/witness.ts";

const WORKERS = 2;
const KILLS = process.env.PARLEY_LONG ? 20 : 2;
const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));
const WORKER = fileURLToPath(new URL("../src/worker.js", import.meta.url));

after(removeTemporaryFolders);

/** Processes that this one has forked and that live. */
function workersOf(pid: number): number[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === pid && args.includes(WORKER))
    .map(([own]) => Number(own));
}

/** Without those that have ended and whom nobody has asked how: theirs is a process that forgets its children. */
function livingOf(pids: readonly number[]): number[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,stat="], { encoding: "utf8" }).trim().split("\n");
  const living = rows.map((row) => row.trim().split(/\s+/)).filter(([, state]) => !state?.startsWith("Z"));
  return pids.filter((pid) => living.some(([own]) => Number(own) === pid));
}

async function metricsOf(server: SpawnedServer): Promise<string> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { connection: "close" } });
  assert.equal(answer.status, 200);
  return answer.text();
}

async function connectionsOf(server: SpawnedServer): Promise<number[]> {
  const text = await metricsOf(server);
  return [...text.matchAll(/^parley_connections\{worker="\d+"\} (\d+)$/gm)].map(([, count]) => Number(count));
}

const AGAIN = "a worker serves again";

/** As long as a client waits for a socket, or less. */
const ANSWERED_WITHIN_MS = 1_000;

/** What was just handed to a worker that dies is lost, and at most one such; the next one goes to another. */
async function isServed(server: SpawnedServer): Promise<void> {
  let status: number | null = null;
  const isReady = async () => {
    status = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) }).then(
      (answer) => answer.status,
      () => null,
    );
    return status === 200;
  };
  await turnsUntil(isReady, () => `a worker to be ready, not ${status}; printed:\n${server.output()}`);
}

for (const store of ["embedded", "redis"]) {
  describe(`[NODE-3] two workers behind one port, on the ${store} store`, () => {
    let redis: RedisServer | null = null;
    let server: SpawnedServer;
    let args: readonly string[];
    after(async () => {
      await server?.kill();
      await redis?.stop();
    });

    it("starts, says so, and tells apart what each of them does", async () => {
      redis = store === "redis" ? await startRedis() : null;
      const stored = redis === null ? [] : ["--store", redis.url];
      args = [...stored, "--workers", String(WORKERS), "--data", await temporaryFolder()];
      server = await spawnServer(args);
      assert.equal(workersOf(server.pid).length, WORKERS);
      const text = await metricsOf(server);
      assert.deepEqual(await connectionsOf(server), [0, 0]);
      const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
      assert.equal(new Set(types).size, types.length);
      for (const worker of [1, 2])
        assert.match(text, new RegExp(`^process_cpu_seconds_total{worker="${worker}"} `, "m"));
    });

    it("people on different ones see each other write, type, come and go", async () => {
      const [ann, bob] = [await registerPerson(server.wsUrl), await registerPerson(server.wsUrl)];
      assert.deepEqual(await connectionsOf(server), [1, 1]);
      const chatId = await openDirect(ann, bob);
      await bob.connection.request("user.watch", { userIds: [ann.userId] });
      await ann.connection.request("message.setTyping", { chatId, typing: true });
      await bob.connection.event("typing.changed", (typing: { userId: string; typing: boolean }) => {
        return typing.userId === ann.userId && typing.typing;
      });
      for (const [from, to] of [
        [ann, bob],
        [bob, ann],
      ] as const) {
        const { seq } = (await from.connection.request("message.send", textMessage(chatId, `from ${from.handle}`))) as {
          seq: number;
        };
        await to.connection.event("message.new", (message: { seq: number; body: { text: string } }) => {
          return message.seq === seq && message.body.text === `from ${from.handle}`;
        });
      }
      await ann.connection.close();
      await bob.connection.event("presence.changed", (presence: { userId: string; state: string }) => {
        return presence.userId === ann.userId && presence.state === "offline";
      });
      await bob.connection.close();
    });

    it("who comes goes to the one that has the fewest connections", async () => {
      const people = [];
      // As a browser does: one connection that ends, and one that stays.
      for (let n = 0; n < 6; n++) {
        await metricsOf(server);
        people.push(await registerPerson(server.wsUrl));
      }
      // The end of the one may be told after the other has come.
      for (const count of await connectionsOf(server)) assert.ok(count >= 2);
      for (const { connection } of people) await connection.close();
    });

    it(`[MSG-1] ${KILLS} times kill -9 of one under load: the port stays served, and what was acknowledged is there once`, async () => {
      const witnesses = Array.from({ length: 4 }, () => new Witness(server.wsUrl));
      const chatId = await meetInGroup(witnesses);
      let writing = true;
      const writers = witnesses.map(async (witness) => {
        for (let n = 0; writing; n++) {
          await witness.say(chatId, `${witness.handle} ${n}`);
          await witness.until(() => witness.acknowledged.size === n + 1);
        }
      });
      for (let kill = 0; kill < KILLS; kill++) {
        const before = Math.min(...witnesses.map((witness) => witness.acknowledged.size));
        for (const witness of witnesses) await witness.until(() => witness.acknowledged.size > before + 20);
        const [victim] = workersOf(server.pid);
        assert.ok(victim);
        process.kill(victim, "SIGKILL");
        await isServed(server);
        assert.ok(server.output().split(AGAIN).length - 1 <= kill, "by the other one");
        await server.prints(AGAIN, kill + 1);
      }
      writing = false;
      await Promise.all(writers);
      await assertSurvived(witnesses, chatId);
    });

    it("when the first process is killed the others end, and it starts again at once", async () => {
      const pids = workersOf(server.pid);
      await server.kill();
      server = await spawnServer(args);
      await turnsUntil(
        () => livingOf(pids).length === 0,
        () => `${livingOf(pids)} to end`,
        () => isServed(server),
      );
    });

    it("[NODE-10] on SIGTERM all drain and end with 0", async () => {
      const pids = workersOf(server.pid);
      assert.equal(pids.length, WORKERS);
      const ann = await registerPerson(server.wsUrl);
      assert.equal(await server.stop(), 0);
      await ann.connection.closed;
      for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/);
    });
  });
}

describe("[NODE-8] workers that cannot start", () => {
  const run = promisify(execFile);
  const start = async (args: readonly string[]) =>
    run(process.execPath, [MAIN, "--workers", "2", "--data", await temporaryFolder(), ...args]).then(
      () => assert.fail("it started"),
      (error: { code: number; stderr: string }) => error,
    );

  it("end the whole with 1, and say once that the port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    const { code, stderr } = await start(["--port", String(port)]);
    other.close();
    assert.equal(code, 1);
    assert.equal(stderr.match(/The port is taken/g)?.length, 1, stderr);
  });

  it("are refused where another server has the data folder", async () => {
    const data = await temporaryFolder();
    const server = await spawnServer(["--data", data]);
    const { code, stderr } = await start(["--port", "0", "--data", data]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`is in use by process ${server.pid}\\.`));
    await server.stop();
  });
});
