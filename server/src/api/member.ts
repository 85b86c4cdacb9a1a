import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { page } from "./page.ts";

export function memberHandlers(services: Services): Pick<Handlers, "member.add" | "member.remove" | "member.list"> {
  const { groups } = services;
  return {
    "member.add": async (peer, params) => ({ seq: await groups.add(sessionOf(peer).userId, params) }),

    "member.remove": async (peer, params) => ({ seq: await groups.remove(sessionOf(peer).userId, params) }),

    "member.list": async (peer, params) => page(services, sessionOf(peer), "members", { params }),
  };
}
