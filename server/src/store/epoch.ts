import type { Random } from "@parley/protocol";
import { EPOCHS } from "./keys.ts";
import type { Kv } from "./kv.ts";

/** Other nodes may win the next number a few times in a row; more means that something is broken. */
const ATTEMPTS = 16;

/**
 * The epoch that belongs to the primary that holds the data now. When another primary took over since the last look,
 * a tail may be lost, and a new epoch is begun; all nodes that notice agree on one.
 *
 * The epochs are fields of one hash, claimed by number, so that a node that wakes late overwrites nothing. Each has
 * random letters of its own: the record of an epoch may itself be in the lost tail, and its number be used again.
 */
export async function currentEpoch(
  kv: Pick<Kv, "instance" | "hashGetAll" | "hashSetNx">,
  random: Random,
): Promise<string> {
  const instance = await kv.instance();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const newest = newestEpoch(await kv.hashGetAll(EPOCHS));
    if (newest?.instance === instance) return newest.name;
    const number = (newest?.number ?? 0) + 1;
    const letters = Buffer.from(random.bytes(6)).toString("hex");
    if (await kv.hashSetNx(EPOCHS, String(number), `${letters} ${instance}`)) return `${number}.${letters}`;
  }
  throw new Error("The store's epoch could not be agreed on with the other nodes");
}

interface EpochRecord {
  readonly number: number;
  readonly name: string;
  readonly instance: string;
}

function newestEpoch(records: Readonly<Record<string, string>>): EpochRecord | null {
  const number = Object.keys(records).reduce((highest, field) => Math.max(highest, Number(field)), 0);
  const record = records[String(number)];
  if (record === undefined) return null;
  const [letters = "", ...instance] = record.split(" ");
  return { number, name: `${number}.${letters}`, instance: instance.join(" ") };
}
