import { parseInfo } from "./identity.ts";

/** How far a server has got in one history of writes. A promotion begins another history. */
export interface Position {
  readonly history: string;
  /** Bytes of the stream of writes: of a primary those that were answered, of a replica those that were carried out. */
  readonly offset: number;
}

/** From `INFO replication`. Null: it has another role, or says nothing by which it could be compared. */
export function positionOf(text: string, role: "primary" | "replica"): Position | null {
  const info = parseInfo(text);
  const isPrimary = role === "primary";
  const history = info.get("master_replid") ?? "";
  const offset = info.get(isPrimary ? "master_repl_offset" : "slave_repl_offset") ?? "";
  if (info.get("role") !== (isPrimary ? "master" : "slave") || history === "" || !/^\d+$/.test(offset)) return null;
  return { history, offset: Number(offset) };
}

/** Whether the one has everything that the other had. */
export function covers(replica: Position, primary: Position): boolean {
  return replica.history === primary.history && replica.offset >= primary.offset;
}
