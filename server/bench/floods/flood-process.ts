import { setMaxListeners } from "node:events";
import { Outcomes } from "./flood.ts";
import { FLOODS, type FloodName } from "./floods.ts";

/**
 * `flood-process <name> <url> <from> <handle>`: a process of its own, since what it takes of its core must not show in
 * the time of those who are measured. Goes on until it is sent a message, and answers what became of its attempts.
 */
const [name = "", url = "", from = "", handle = ""] = process.argv.slice(2);
const outcomes = new Outcomes();
const stop = new AbortController();
setMaxListeners(Number.POSITIVE_INFINITY, stop.signal);
const ended = FLOODS[name as FloodName].flood(handle)({ url, from }, outcomes, stop.signal);
process.once("message", () => {
  stop.abort();
  void ended.finally(() => process.send?.(Object.fromEntries(outcomes.counts)));
});
process.stdout.write("flooding\n");
