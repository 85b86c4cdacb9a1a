import { Type } from "typebox";
import { TimeMs, UserId } from "../ids.ts";

/** Whose message a forwarded one was; set by the server, never taken from a client. */
export const Forwarded = Type.Object({ userId: UserId, sentAt: TimeMs });
