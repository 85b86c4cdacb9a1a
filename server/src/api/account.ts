import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";

type AccountMethod =
  | "account.get"
  | "account.devices"
  | "account.revokeDevice"
  | "account.revokeOthers"
  | "account.changePassword";

export function accountHandlers({ accounts }: Services): Pick<Handlers, AccountMethod> {
  return {
    "account.get": async (peer) => accounts.get(sessionOf(peer)),

    "account.devices": async (peer) => accounts.devices(sessionOf(peer)),

    "account.revokeDevice": async (peer, { deviceId }) => {
      await accounts.revokeDevice(sessionOf(peer), deviceId);
      return {};
    },

    "account.revokeOthers": async (peer) => ({ revoked: await accounts.revokeOthers(sessionOf(peer)) }),

    "account.changePassword": async (peer, params) => {
      await accounts.changePassword(sessionOf(peer), peer.address, params);
      return {};
    },
  };
}
