import { run } from "node:test";
import { processesOf } from "./processes-of.mjs";

/** What a file printed is shown when it fails; beyond this much it is cut, so that a loop cannot fill the memory. */
const MAX_PRINTED = 64 * 1024;

/** A server that is told to stop may end what it does first; whatever else goes on when the last test is over goes on for ever. */
const LEFT_OVER_MS = 60_000;

const WHOLE = "(whole file)";

/**
 * Runs one compiled test file in a process of its own. Returns what it printed and one result a test:
 * `{ title, outcome: "passed" | "failed" | "skipped", why }`. A file that crashes, hangs or holds no test at all has failed.
 * `lingered`: what its process was doing when nothing but its end was wanting; otherwise undefined.
 */
export async function runTestFile(file, { timeoutMs, leftOverMs = LEFT_OVER_MS, tell = () => {} }) {
  const results = [];
  const printed = [];
  let printedLength = 0;
  /** Tests that run, each inside the one before it. */
  const running = [];
  const over = new AbortController();
  let leftOver;
  let lingering;
  const lingers = () => {
    lingering = processesOf(file);
    over.abort();
  };
  for await (const { type, data } of run({ files: [file], concurrency: 1, timeout: timeoutMs, signal: over.signal })) {
    if (
      type === "test:stdout" ||
      type === "test:stderr" ||
      (type === "test:diagnostic" && /error/i.test(data.message))
    ) {
      const text = data.message.endsWith("\n") ? data.message : `${data.message}\n`;
      if (printedLength < MAX_PRINTED) printed.push(text);
      printedLength += text.length;
    } else if (type === "test:dequeue") {
      clearTimeout(leftOver);
      if (data.name !== file) running.push(data.name);
    } else if (type === "test:complete") {
      clearTimeout(leftOver);
      if (data.name === file) continue;
      const at = running.lastIndexOf(data.name);
      if (at >= 0) running.splice(at, 1);
      if (running.length === 0) leftOver = setTimeout(lingers, leftOverMs);
    } else if (type === "test:pass" || type === "test:fail") {
      const result = judge(data, type === "test:pass", { file, timeoutMs, leftOverMs, running });
      if (result === undefined) continue;
      results.push(result);
      tell(result);
    }
  }
  const failed = results.filter(({ outcome }) => outcome === "failed");
  const lingered = failed.length === 1 && failed[0].title === WHOLE ? lingering : undefined;
  return { results, printed: printed.join(""), lingered };
}

function judge(data, passed, { file, timeoutMs, leftOverMs, running }) {
  const error = data.details?.error;
  if (data.skip !== undefined || data.todo !== undefined) {
    const reason = [data.skip, data.todo].find((said) => typeof said === "string" && said !== "");
    return { title: data.name, outcome: "skipped", why: reason ?? (data.todo === undefined ? "skipped" : "to do") };
  }
  if (data.name === file) {
    if (passed) return { title: WHOLE, outcome: "failed", why: "The file holds no test." };
    return { title: WHOLE, outcome: "failed", why: ended(error, { timeoutMs, leftOverMs, running }) };
  }
  if (passed) return data.details?.type === "suite" ? undefined : { title: data.name, outcome: "passed" };
  // A parent of a failed test has not failed on its own; the test itself is counted.
  if (error?.failureType === "subtestsFailed") return undefined;
  return { title: data.name, outcome: "failed", why: reason(error) };
}

/** Why a file has failed, beside its tests. */
function ended(error, { timeoutMs, leftOverMs, running }) {
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
  switch (error?.failureType) {
    case "testTimeoutFailure":
      return `Not done after ${seconds(timeoutMs)}, in: ${running.join(" > ")}`;
    case "testAborted":
      return `Its tests were over; ${seconds(leftOverMs)} later something that they began still went on.`;
    default:
      return reason(error);
  }
}

/** The error with the frames of our own files; those of Node's runner are the same each time. */
function reason(error) {
  const cause = error?.cause ?? error;
  if (cause?.stack === undefined) return String(cause);
  const text = cause.stack.includes(cause.message) ? cause.stack : `${cause.message}\n${cause.stack}`;
  return text.replace(/\n\s+at .*\bnode:internal.*/g, "");
}
