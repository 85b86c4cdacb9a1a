import { after, before, describe, it } from "node:test";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { GroupTalk } from "./_util/group-talk.ts";
import { type NatsServer, startNats } from "./_util/nats.ts";
import { type SpawnedServer, spawnServers } from "./_util/node.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { Witness } from "./_util/witness.ts";

const NODES = 2;
const PEOPLE = 6;
/** Between two messages of one person. */
const EVERY_MS = 200;
/** Of each person, before the bus dies, while it is dead and after it is back. */
const SENDS_EACH = 8;

describe("servers over a NATS that dies", () => {
  let redis: RedisServer;
  let nats: NatsServer;
  let nodes: readonly SpawnedServer[] = [];

  before(async () => {
    [redis, nats] = await Promise.all([startRedis(), startNats()]);
    nodes = await spawnServers(NODES, ["--store", redis.url, "--bus", nats.url]);
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await nats?.stop();
    await redis?.stop();
    await removeTemporaryFolders();
  });

  it("[NODE-14] kill -9 of the bus under load, and a new one: all sends go on, and everybody has everything, edits too", async (t) => {
    const people = Array.from({ length: PEOPLE }, (_, at) => new Witness(nodes[at % NODES]?.wsUrl ?? ""));
    const talk = await GroupTalk.begin(people, EVERY_MS);
    const { chatId } = talk;
    await talk.said(SENDS_EACH);
    await nats.kill();
    await talk.said(SENDS_EACH);
    // One of the first messages of each, so that everybody has to be told of a change in what they have.
    for (const person of people) {
      const [seq = 0] = person.acknowledged.values();
      await person.client.request("message.edit", { chatId, seq, body: { text: `${person.handle} corrected` } });
    }
    const heads = people.map((person) => person.head(chatId));
    const late = Math.max(...heads) - Math.min(...heads);
    await nats.restart();
    const restartedAt = performance.now();
    await talk.said(SENDS_EACH);
    await talk.stop();
    const log = await talk.assertOneHistory();
    t.diagnostic(
      `${log.length} messages, ${late} not at both nodes when the bus came back; everybody had everything ` +
        `${Math.round(performance.now() - restartedAt)} ms after that, with ${PEOPLE * SENDS_EACH} more sent meanwhile`,
    );
    await Promise.all(people.map((person) => person.client.stop()));
  });
});
