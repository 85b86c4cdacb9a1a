import { Type } from "typebox";
import { Empty, ServerInfo } from "./account.ts";

/** What a page needs before anybody is signed in. */
export const nodeInfo = {
  params: Empty,
  result: Type.Object({
    name: Type.String(),
    /** `invite`: `auth.register` needs one. */
    registration: Type.Union([Type.Literal("open"), Type.Literal("invite"), Type.Literal("closed")]),
    /** Whether an account may or must have a verified address; `off` where the server sends no mail. */
    email: Type.Union([Type.Literal("off"), Type.Literal("optional"), Type.Literal("required")]),
    /** Nobody owns this server yet: its log has the code that makes the first account the owner. */
    unclaimed: Type.Boolean(),
    sessions: Type.Union([Type.Literal("multi"), Type.Literal("replace"), Type.Literal("refuse")]),
    server: ServerInfo,
  }),
};
