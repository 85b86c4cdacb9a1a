import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { leaving } from "./leaving.ts";

type AccountMethod =
  | "account.get"
  | "account.devices"
  | "account.revokeDevice"
  | "account.revokeOthers"
  | "account.changePassword"
  | "account.changeHandle"
  | "account.changeEmail"
  | "account.delete";

export function accountHandlers(services: Services): Pick<Handlers, AccountMethod> {
  const { accounts, renaming, deletion } = services;
  return {
    "account.get": async (peer) => accounts.get(sessionOf(peer)),

    "account.devices": async (peer) => accounts.devices(sessionOf(peer)),

    "account.revokeDevice": async (peer, { deviceId }) => {
      const session = sessionOf(peer);
      const revoke = () => accounts.revokeDevice(session, deviceId);
      await (deviceId === session.deviceId ? leaving(services, peer, revoke) : revoke());
      return {};
    },

    "account.revokeOthers": async (peer) => ({ revoked: await accounts.revokeOthers(sessionOf(peer)) }),

    "account.changeHandle": async (peer, params) => {
      return { handle: await renaming.changeHandle(sessionOf(peer), peer.address, params) };
    },

    "account.changeEmail": async (peer, params) => {
      await renaming.changeEmail(sessionOf(peer), peer.address, params);
      return {};
    },

    "account.delete": async (peer, params) => {
      const session = sessionOf(peer);
      await deletion.check(session, peer.address, params);
      await leaving(services, peer, () => deletion.delete(session));
      return {};
    },

    "account.changePassword": async (peer, params) => {
      await accounts.changePassword(sessionOf(peer), peer.address, params);
      return {};
    },
  };
}
