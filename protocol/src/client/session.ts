import type { PresentedIdentity } from "../secure/index.ts";
import type { SignedInAccount } from "./state.ts";
import type { ClientStorage } from "./storage.ts";

/** The credential of this device, and to whom it may be shown. */
export interface Session {
  readonly token: string;
  readonly account: SignedInAccount;
  /** Identity that issued the token; null when it was issued under TLS alone. */
  readonly fingerprint: string | null;
  /** `wss://host` or `ws://host` where it was issued. */
  readonly origin: string;
}

const KEY = "session";

export async function loadSession(storage: ClientStorage): Promise<Session | null> {
  return ((await storage.get("meta", KEY)) ?? null) as Session | null;
}

export function saveSession(storage: ClientStorage, session: Session): Promise<void> {
  return storage.write([{ table: "meta", key: KEY, value: session }]);
}

export function forgetSession(storage: ClientStorage): Promise<void> {
  return storage.write([{ table: "meta", key: KEY, remove: true }]);
}

export function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/**
 * A token is shown only to who issued it: the same identity (a session follows its rotations), or under TLS alone and
 * on this machine the same origin.
 */
export function maySendToken(
  session: Session,
  channel: { readonly identity: PresentedIdentity | null; readonly origin: string },
): boolean {
  const sameOrigin = session.origin === channel.origin;
  if (channel.identity === null) return sameOrigin;
  if (session.fingerprint !== null) return session.fingerprint === channel.identity.fingerprint;
  return sameOrigin && channel.origin.startsWith("wss:");
}
