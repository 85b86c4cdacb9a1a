import { Balancer } from "../../tests/_util/balancer.ts";
import { removeTemporaryFolders } from "../../tests/_util/folder.ts";
import { GroupTalk } from "../../tests/_util/group-talk.ts";
import { type SpawnedServer, spawnServers } from "../../tests/_util/node.ts";
import { Witness } from "../../tests/_util/witness.ts";

const NODES = 2;
const PEOPLE = 8;
/** Between two messages of one person: a chat takes one after the other, each when the disk has it, and its queue is not what is measured. */
const EVERY_MS = 500;
/** Of each person, before anything fails. */
const SENDS_EACH = 5;

interface Part {
  stop(): Promise<void>;
}

/** People who talk by the client library, over two nodes behind a proxy. */
export class Scene {
  readonly nodes: readonly SpawnedServer[];
  readonly people: readonly Witness[];
  readonly talk: GroupTalk;
  readonly #balancer: Balancer;
  readonly #parts: readonly Part[];

  private constructor(
    nodes: readonly SpawnedServer[],
    people: readonly Witness[],
    talk: GroupTalk,
    balancer: Balancer,
    parts: readonly Part[],
  ) {
    this.nodes = nodes;
    this.people = people;
    this.talk = talk;
    this.#balancer = balancer;
    this.#parts = parts;
  }

  /** `parts` end with it. */
  static async open(args: readonly string[], parts: readonly Part[]): Promise<Scene> {
    const balancer = await Balancer.open();
    const nodes = await spawnServers(NODES, args);
    for (const { url } of nodes) await balancer.add(url);
    const people = Array.from({ length: PEOPLE }, () => new Witness(balancer.wsUrl));
    for (const person of people) person.mayLoseTail = true;
    const talk = await GroupTalk.begin(people, EVERY_MS);
    await talk.said(SENDS_EACH);
    return new Scene(nodes, people, talk, balancer, parts);
  }

  /** Milliseconds from now until the first of them, and all of them, had something acknowledged that they said later. */
  async served(): Promise<{ readonly firstMs: number; readonly allMs: number }> {
    const since = stopwatch();
    const times = await Promise.all(this.people.map((person) => saidAnew(person).then(since)));
    return { firstMs: Math.min(...times), allMs: Math.max(...times) };
  }

  /** Somebody says one thing, which is acknowledged; `heardByAll` answers the milliseconds from its call on. */
  async say(text: string): Promise<{ heardByAll(): Promise<number> }> {
    const [ann] = this.people as [Witness];
    const { chatId } = this.talk;
    const { clientId } = await ann.client.send(chatId, { kind: "text", body: { text } });
    await ann.until(() => ann.acknowledged.has(clientId));
    const seq = ann.acknowledged.get(clientId) ?? 0;
    return {
      heardByAll: async () => {
        const since = stopwatch();
        await Promise.all(this.people.map((person) => person.until(() => person.head(chatId) >= seq)));
        return since();
      },
    };
  }

  async close(): Promise<void> {
    await this.talk.stop();
    await Promise.all(this.people.map((person) => person.client.stop()));
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.#balancer.close();
    for (const part of this.#parts) await part.stop();
    await removeTemporaryFolders();
  }
}

/** What is on its way already may be answered yet by who has died. */
function saidAnew(person: Witness): Promise<void> {
  const old = new Set([...person.acknowledged.keys(), ...person.client.outbox.map(({ clientId }) => clientId)]);
  return person.until(() => [...person.acknowledged.keys()].some((clientId) => !old.has(clientId)));
}

/** Answers the milliseconds since it was made. */
export function stopwatch(): () => number {
  const startedAt = performance.now();
  return () => performance.now() - startedAt;
}
