import { createHmac } from "node:crypto";
import { everyTransport, formatTurnUrl, parseTurnUrl } from "./turn-url.ts";

export { formatTurnUrl, parseTurnUrl, type TurnUrl } from "./turn-url.ts";

/** Characters: whoever was given credentials once can try secrets at home, so it must not be one that can be guessed. */
export const TURN_SECRET_LENGTH_MIN = 32;

/** Ten minutes: time enough to begin a call. A call that runs goes on, since coturn looks at the time only when one begins. */
const TTL_SECONDS = 600;

/** Bytes of a user's tag: enough that no two people of a server ever share one, and with it a quota. */
const TAG_BYTES = 16;

export interface TurnCredentialsAsked {
  /** The same that coturn has as `static-auth-secret`. */
  readonly secret: string;
  readonly userId: string;
  readonly nowMs: number;
  readonly ttlSeconds?: number;
}

export interface TurnCredentials {
  readonly username: string;
  readonly credential: string;
  /** Milliseconds since 1970, a whole second: from then on nobody can begin a call with these. */
  readonly expiresAt: number;
}

/** What RTCPeerConnection takes in `iceServers`. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

/**
 * Time-limited credentials as coturn's `use-auth-secret` checks them (draft-uberti-behave-turn-rest-00): the user name is
 * `<expiry in seconds>:<tag>`, the password a MAC of it. coturn counts its quota for each user by the tag, so a person has the same
 * at every call; it is a keyed hash, so the relay's log and the network (the user name is sent in the clear) tell nobody who it is.
 */
export function turnCredentials(asked: TurnCredentialsAsked): TurnCredentials {
  const { secret, userId, nowMs, ttlSeconds = TTL_SECONDS } = asked;
  if (secret.length < TURN_SECRET_LENGTH_MIN) {
    throw new RangeError(`A TURN secret needs at least ${TURN_SECRET_LENGTH_MIN} characters.`);
  }
  if (userId === "") throw new RangeError("TURN credentials are for somebody.");
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1) throw new RangeError("TURN credentials last whole seconds.");
  const expiry = Math.floor(nowMs / 1000) + ttlSeconds;
  const username = `${expiry}:${userTag(secret, userId)}`;
  const credential = createHmac("sha1", secret).update(username).digest("base64");
  return { username, credential, expiresAt: expiry * 1000 };
}

/** One entry with all transports of all URLs; none where there is no relay. Throws a SyntaxError for what is no URL of one. */
export function iceServers(urls: readonly string[], credentials: TurnCredentials): readonly IceServer[] {
  if (urls.length === 0) return [];
  const { username, credential } = credentials;
  return [{ urls: urls.map(parseTurnUrl).flatMap(everyTransport).map(formatTurnUrl), username, credential }];
}

function userTag(secret: string, userId: string): string {
  // SHA-256 and a label of its own: no tag can ever be somebody's password.
  const mac = createHmac("sha256", secret).update("parley turn user\0").update(userId).digest();
  return mac.subarray(0, TAG_BYTES).toString("base64url");
}
