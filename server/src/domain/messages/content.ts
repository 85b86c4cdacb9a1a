import { limits, type NewContent, type PollBody, ReplyError } from "@parley/protocol";
import type { Content } from "../../records/entry.ts";
import { checkText, checkVisible, storedBody } from "./text.ts";

/** A year is enough for a poll; its end must be a time that somebody waits for. */
const POLL_OPEN_MAX_MS = limits.SCHEDULE_AHEAD_MAX_MS;

/** Kinds that say everything themselves; `contact`, `forward` and files name what is copied. */
export type OwnContent = Extract<NewContent, { kind: "text" | "location" | "poll" }>;

/** What is stored: known fields alone, in one order, so that a resend is known by its text. */
export function storedContent(given: OwnContent): Content {
  switch (given.kind) {
    case "text":
      return { kind: "text", body: storedBody(given.body) };
    case "location": {
      const { latitude, longitude, label, replyTo } = given.body;
      const body = {
        latitude,
        longitude,
        ...(label === undefined ? {} : { label }),
        ...(replyTo === undefined ? {} : { replyTo }),
      };
      return { kind: "location", body };
    }
    case "poll": {
      const { question, options, multiple, anonymous, closesAt } = given.body;
      const body = { question, options, multiple, anonymous, ...(closesAt === undefined ? {} : { closesAt }) };
      return { kind: "poll", body };
    }
  }
}

/** What the schema cannot say. Throws a `ReplyError`. */
export function checkContent(content: Content, now: number): void {
  if (content.kind === "text") checkText(content.body);
  if (content.kind === "poll") checkPoll(content.body, now);
}

function checkPoll({ question, options, closesAt }: PollBody, now: number): void {
  checkVisible(question);
  for (const option of options) checkVisible(option);
  if (new Set(options.map((option) => option.trim().normalize())).size < options.length) {
    throw new ReplyError("INVALID_PARAMS", { message: "The options of a poll are different ones" });
  }
  if (closesAt !== undefined && (closesAt <= now || closesAt > now + POLL_OPEN_MAX_MS)) {
    throw new ReplyError("SCHEDULE_INVALID");
  }
}
