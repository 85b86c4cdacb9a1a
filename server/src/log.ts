import { type Logger, pino } from "pino";

/**
 * What a log line may hold: names, codes and sizes. There is no field for content, secrets or free text, so that no
 * line at any level can carry them; an error is reduced to its class, code and stack frames, because messages of
 * errors quote what they failed on.
 */
export interface LogFields {
  readonly connection?: number;
  readonly address?: string;
  readonly user?: string;
  readonly device?: string;
  readonly chat?: string;
  readonly seq?: number;
  readonly method?: string;
  readonly code?: number | string;
  /** A word of ours, never of a peer: the name of a state, reason or setting. */
  readonly reason?: string;
  readonly count?: number;
  readonly bytes?: number;
  readonly durationMs?: number;
  readonly error?: unknown;
}

/** Whose line it is: one word for each part of the program that logs. */
export type LogArea = "node" | "gateway" | "domain" | "objects" | "mail" | "identity" | "admin";

export interface Log {
  /** The same log for the lines of a part of the program. */
  of(area: LogArea): Log;
  /** `event` is a fixed text: what varies goes into the fields. */
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogSink {
  write(line: string): void;
}

/** Stack frames kept of an error: enough to find the place. */
const STACK_FRAMES = 12;

/** JSON lines on standard error, or into `sink`; standard output belongs to the banner and to commands. */
export function createLog(level: LogLevel, sink: LogSink = process.stderr): Log {
  return areaLog(pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, sink), "node");
}

function areaLog(root: Logger, area: LogArea): Log {
  const out = root.child({ area });
  const write = (method: "debug" | "info" | "warn" | "error") => (event: string, fields?: LogFields) => {
    if (out.isLevelEnabled(method)) out[method](fields === undefined ? {} : plain(fields), event);
  };
  const of = (other: LogArea) => areaLog(root, other);
  return { of, debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/**
 * The development outbox: whole mails, codes included, at level warn. Apart from `Log`, whose lines can hold nothing of
 * the kind; it is opened only where the operator asked for it.
 */
export function logLetters(level: LogLevel, sink: LogSink = process.stderr) {
  const out = pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, sink);
  return async (letter: { readonly to: string; readonly subject: string; readonly text: string }): Promise<void> => {
    out.warn({ mail: letter }, "development outbox: a mail that was not sent");
  };
}

function plain(fields: LogFields): object {
  return fields.error === undefined ? fields : { ...fields, error: describeError(fields.error) };
}

/** Class, code and where: never the message. */
export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code } = error as { code?: unknown };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  // The stack begins with the message, whose lines may look like frames.
  const own = frames.filter((line) => !error.message.includes(line));
  return {
    name: error.name,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    at: own.slice(0, STACK_FRAMES).map((line) => line.trim().slice(3)),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
