/** What a node says of itself to those who look for one. */
export interface NodeStanding {
  /** Where people reach it, from its own configuration; null: nobody is sent there. */
  readonly url: string | null;
  readonly connections: number;
  /** By how much its event loop is late. */
  readonly lagMs: number;
  /** It takes nobody new, and is about to go. */
  readonly draining: boolean;
}

/** What somebody knows of a node that says nothing, or nothing that is understood. */
const SILENT: NodeStanding = { url: null, connections: 0, lagMs: 0, draining: false };
/** A node whose loop is later than this is busy, whatever the number of its connections. */
const BUSY_LAG_MS = 100;
/** As the configuration has it. */
const URL_MAX = 255;

/**
 * A beat is `number,standing time`: it differs from the one before, and an older node reads of it what is after the
 * blank. JSON of URLs and numbers has no blank.
 */
export function writeBeat(number: number, standing: NodeStanding, now: number): string {
  return `${number},${JSON.stringify(standing)} ${now}`;
}

export function readBeat(beat: string): { readonly standing: NodeStanding; readonly writtenAt: number } {
  const blank = beat.indexOf(" ");
  const comma = beat.indexOf(",");
  const writtenAt = Number(beat.slice(blank + 1));
  return { standing: comma < 0 || comma > blank ? SILENT : readStanding(beat.slice(comma + 1, blank)), writtenAt };
}

function readStanding(text: string): NodeStanding {
  let said: Partial<Record<keyof NodeStanding, unknown>>;
  try {
    said = (JSON.parse(text) ?? {}) as typeof said;
  } catch {
    return SILENT;
  }
  const { url, connections, lagMs, draining } = said;
  if (typeof url !== "string" || url.length > URL_MAX || !/^https?:\/\//.test(url)) return SILENT;
  return { url, connections: count(connections), lagMs: count(lagMs), draining: draining === true };
}

/** Who says nothing sensible is taken for full. */
function count(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : Number.MAX_SAFE_INTEGER;
}

/** Less is better: first a loop that is on time, then few connections, with those who were just sent there. */
export function compareLoad(
  one: { readonly standing: NodeStanding; readonly sent: number },
  other: { readonly standing: NodeStanding; readonly sent: number },
): number {
  const busy = ({ lagMs }: NodeStanding) => (lagMs > BUSY_LAG_MS ? 1 : 0);
  return (
    busy(one.standing) - busy(other.standing) ||
    one.standing.connections + one.sent - (other.standing.connections + other.sent)
  );
}
