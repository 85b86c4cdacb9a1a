import { Type } from "typebox";
import { Empty, ServerInfo } from "./account.ts";

/** What a page needs before anybody is signed in. */
export const nodeInfo = {
  params: Empty,
  result: Type.Object({
    name: Type.String(),
    registration: Type.Union([Type.Literal("open"), Type.Literal("closed")]),
    server: ServerInfo,
  }),
};
