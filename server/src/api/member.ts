import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { page } from "./page.ts";

type MemberMethod =
  | "member.add"
  | "member.remove"
  | "member.setRole"
  | "member.transfer"
  | "member.mute"
  | "member.list";

export function memberHandlers(services: Services): Pick<Handlers, MemberMethod> {
  const { groups, roles } = services;
  return {
    "member.add": async (peer, params) => ({ seq: await groups.add(sessionOf(peer).userId, params) }),

    "member.remove": async (peer, params) => ({ seq: await groups.remove(sessionOf(peer).userId, params) }),

    "member.setRole": async (peer, params) => ({ seq: await roles.setRole(sessionOf(peer).userId, params) }),

    "member.transfer": async (peer, params) => ({ seq: await roles.transfer(sessionOf(peer).userId, params) }),

    "member.mute": async (peer, params) => ({ seq: await roles.mute(sessionOf(peer).userId, params) }),

    "member.list": async (peer, params) => page(services, sessionOf(peer), "members", { params }),
  };
}
