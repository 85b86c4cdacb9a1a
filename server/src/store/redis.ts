import type { Clock } from "@parley/protocol";
import { Redis } from "ioredis";
import { appendAsLoser, appendOncePortably } from "./append-once.ts";
import { parseClaim } from "./claim.ts";
import {
  type Append,
  type Appended,
  type Grounds,
  type KnownList,
  type Kv,
  type ListChange,
  StoreUnavailable,
} from "./kv.ts";
import { probeAppendIfScript, runAppendIfScript } from "./redis/append-if-script.ts";
import { probeAppendScript, runAppendScript } from "./redis/append-script.ts";
import { probeChangesScript, runChangesScript } from "./redis/changes-script.ts";
import { type Client, createClient } from "./redis/client.ts";
import { RedisCommands } from "./redis/commands.ts";
import { Link } from "./redis/link.ts";
import { probePairsScript, runPairsScript } from "./redis/pairs-script.ts";
import { type Position, positionOf } from "./redis/position.ts";
import { parseRedisUrl } from "./redis/url.ts";

export interface RedisOptions {
  readonly url: string;
  readonly clock: Clock;
  /** False: as on a store that runs no scripts. */
  readonly script?: boolean;
  /**
   * Called on every connection, with the identity of the primaries, before any command is taken; `kv` can be used
   * meanwhile. The connection counts only once it resolves.
   */
  readonly onConnect?: (kv: ConnectingKv) => Promise<void>;
  readonly timeoutMs?: number;
}

/** The store as `onConnect` may use it. */
export type ConnectingKv = Pick<Kv, "instance" | "hashGetAll" | "hashSetNx">;

export interface OpenRedis {
  readonly kv: Kv;
  readonly client: Client;
  /** Where the primary is; null: it does not say, or there are several. */
  position(): Promise<Position | null>;
}

/** How long a store may take to come up beside a node that is started with it. */
const OPEN_TIMEOUT_MS = 10_000;

export async function openRedis(options: RedisOptions): Promise<OpenRedis> {
  const location = parseRedisUrl(options.url);
  const client = createClient(location);
  const link: Link = new Link(client, options.clock, async (instance) => {
    const direct = new RedisCommands(link.direct);
    await options.onConnect?.({
      instance: async () => instance,
      hashGetAll: (key) => direct.hashGetAll(key),
      hashSetNx: (key, field, value) => direct.hashSetNx(key, field, value),
    });
  });
  try {
    await link.opened(options.timeoutMs ?? OPEN_TIMEOUT_MS);
  } catch (error) {
    await link.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The store at ${location.description} cannot be reached: ${reason}`);
  }
  return {
    kv: new RedisKv(link, {
      clock: options.clock,
      script: options.script !== false,
      inOrder: client instanceof Redis,
    }),
    client,
    position: async () => {
      const text = await link.send(async (sent) => (sent instanceof Redis ? sent.info("replication") : ""));
      return positionOf(text, "primary");
    },
  };
}

const NO = Promise.resolve(false);

class RedisKv extends RedisCommands implements Kv {
  readonly driver = "redis";
  readonly inOrder: boolean;
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #script: boolean;
  /** Whether the store runs each script and gets it right; asked when it is first of use, as workers never append. */
  #appends: Promise<boolean> | null = null;
  #appendsIf: Promise<boolean> | null = null;
  #changes: Promise<boolean> | null = null;
  #pairs: Promise<boolean> | null = null;

  /** `inOrder`: there is one connection, to one primary. */
  constructor(link: Link, { clock, script, inOrder }: { clock: Clock; script: boolean; inOrder: boolean }) {
    super(link);
    this.inOrder = inOrder;
    this.#link = link;
    this.#clock = clock;
    this.#script = script;
  }

  async appendOnce(append: Append): Promise<Appended> {
    const bound = this.#link.bound();
    this.#appends ??= this.#script ? probeAppendScript(this.#link.send) : NO;
    if (!(await this.#appends)) return appendOncePortably(new RedisCommands(bound), this.#clock, append);
    const answer = answerOf(append, await runAppendScript(bound.send, append));
    return answer ?? appendAsLoser(new RedisCommands(bound), this.#clock, append);
  }

  async appendIf(append: Append, grounds: Grounds): Promise<Appended | null> {
    const bound = this.#link.bound();
    this.#appendsIf ??= this.#script ? probeAppendIfScript(this.#link.send) : NO;
    const answer = (await this.#appendsIf) ? await runAppendIfScript(bound.send, append, grounds) : null;
    return answer === null ? null : answerOf(append, answer);
  }

  override async hashPairs(key: string): Promise<readonly string[]> {
    this.#pairs ??= this.#script ? probePairsScript(this.#link.send) : NO;
    return (await this.#pairs) ? runPairsScript(this.#link.send, key) : super.hashPairs(key);
  }

  override async listChanges(lists: readonly KnownList[], at: number): Promise<(ListChange | null)[]> {
    this.#changes ??= this.#script ? probeChangesScript(this.#link.send) : NO;
    return (await this.#changes) ? runChangesScript(this.#link.send, lists, at) : super.listChanges(lists, at);
  }

  async instance(): Promise<string> {
    const { instance } = this.#link;
    if (instance === null) throw new StoreUnavailable("There is no connection to Redis");
    return instance;
  }

  refresh(): void {
    // Every read asks the server.
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}

/** What a script's answer says; null: somebody has begun to append the id. */
function answerOf({ sentAt, epoch }: Append, answer: number | string): Appended | null {
  if (typeof answer === "number") return { seq: answer, sentAt, epoch, duplicate: false };
  const claim = parseClaim(answer);
  return claim.state === "pending"
    ? null
    : { seq: claim.seq, sentAt: claim.sentAt, epoch: claim.epoch, duplicate: true };
}
