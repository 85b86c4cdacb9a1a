import { ReplyError } from "@parley/protocol";
import type { NewSession } from "../domain/accounts/sessions.ts";
import type { Services } from "../domain/services.ts";
import type { Peer } from "../live/caller.ts";
import { metrics } from "../metrics.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { leaving } from "./leaving.ts";
import { serverInfo } from "./server-info.ts";

type AuthMethod =
  | "auth.register"
  | "auth.requestCode"
  | "auth.scramStart"
  | "auth.scramFinish"
  | "auth.signInByCode"
  | "auth.resetPassword"
  | "auth.resume"
  | "auth.signOut";

export function authHandlers(services: Services): Pick<Handlers, AuthMethod> {
  const { registration, signIn, mailCodes, accounts, credentials, deps } = services;

  const welcome = (peer: Peer, { session, token, expiresAt }: NewSession, how: "register" | "password" | "code") => {
    peer.signIn(session);
    metrics.signIns.add(how);
    return { userId: session.userId, deviceId: session.deviceId, token, expiresAt, server: serverInfo(deps) };
  };

  return {
    "auth.register": async (peer, params) => {
      strangersOnly(peer);
      return welcome(peer, await registration.register(params, peer.address), "register");
    },

    "auth.requestCode": async (peer, params) => mailCodes.request(peer.session, peer.address, params),

    "auth.scramStart": async (peer, params) => {
      strangersOnly(peer);
      return signIn.start(peer, params);
    },

    "auth.scramFinish": async (peer, params) => {
      strangersOnly(peer);
      const { serverSignature, ...signedIn } = await signIn.finish(peer, params);
      await accounts.makeRoom(signedIn.session);
      return { ...welcome(peer, signedIn, "password"), serverSignature };
    },

    "auth.signInByCode": async (peer, params) => {
      strangersOnly(peer);
      const signedIn = await mailCodes.signIn(peer.address, params);
      await accounts.makeRoom(signedIn.session);
      return welcome(peer, signedIn, "code");
    },

    "auth.resetPassword": async (peer, params) => {
      await mailCodes.reset(peer.address, params);
      return {};
    },

    "auth.resume": async (peer, { token }) => {
      strangersOnly(peer);
      const used = await credentials.byToken(token);
      if (used === null) throw new ReplyError("SESSION_INVALID");
      peer.signIn(used.session);
      metrics.signIns.add("token");
      const { userId, deviceId } = used.session;
      return { userId, deviceId, expiresAt: used.expiresAt, server: serverInfo(deps) };
    },

    "auth.signOut": async (peer) => {
      const session = sessionOf(peer);
      await leaving(services, peer, () => accounts.signOut(session));
      return {};
    },
  };
}

function strangersOnly(peer: Peer): void {
  if (peer.session !== null) throw new ReplyError("ALREADY_SIGNED_IN");
}
