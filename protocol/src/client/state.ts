import type { ReplyErrorName } from "../errors.ts";
import type { DeviceId, UserId } from "../ids.ts";
import type { ServerInfo } from "../schema/account.ts";

/**
 * Where the client stands. Each state holds only what is true in it.
 *
 *     stopped -> loading -> signedOut <-> connecting -> securing -> authenticating -> online
 *                                          ^--- waiting <------------- any loss -------'
 */
export type ClientState =
  | { readonly name: "stopped" }
  /** Reading the storage; the `loaded` event follows. */
  | { readonly name: "loading" }
  /** No session. `protection` is known while a connection stands by for `signIn` or `register` (see `prepare`). */
  | { readonly name: "signedOut"; readonly why: SignedOutReason; readonly protection: Protection | null }
  /** The socket is being opened; `attempt` counts from 1 since the last success. */
  | { readonly name: "connecting"; readonly attempt: number }
  /** The IMSC/1 handshake is under way. */
  | { readonly name: "securing" }
  | { readonly name: "authenticating"; readonly protection: Protection }
  | { readonly name: "online"; readonly protection: Protection; readonly account: SignedInAccount }
  /** Tries again by itself at `retryAtMs` (Unix ms of the client's clock), or at once by `reconnectNow`. */
  | { readonly name: "waiting"; readonly retryAtMs: number; readonly why: WaitReason }
  /** Does not try again by itself. */
  | { readonly name: "refused"; readonly why: Refusal };

export type SignedOutReason =
  /** There never was a session in this storage. */
  | "new"
  /** `signOut` here or in another tab. */
  | "signedOut"
  /** The session was there no longer when it was to be used: expired, or ended while this device was away. */
  | "sessionEnded"
  /** Ended from another device, or by another password. */
  | "revoked"
  /** Another device signed in, and the server allows one only. */
  | "replaced"
  /** The account is gone. */
  | "deleted";

/**
 * What happened before this wait, for the quiet banner. `restart`: the server is being restarted; `unsupported`: the
 * server does not speak this version, if what came in the clear is to be believed; `failed`: anything else.
 */
export type WaitReason =
  | "unreachable"
  | "lost"
  | "timeout"
  | "rateLimited"
  | "overloaded"
  | "restart"
  | "unsupported"
  | "failed";

export type Refusal =
  /**
   * The server shows another identity than the one pinned, and no rotation leads to it. No password, token or ticket
   * was sent. Only `resetPin()`, which is for a person who has compared the new fingerprint, goes on.
   */
  | { readonly reason: "identityMismatch"; readonly pinned: Fingerprint; readonly presented: Fingerprint }
  /** The handshake's signature is wrong: something between us and the server changed it. */
  | { readonly reason: "identityInvalid" }
  /** The server did not prove that it knows the verifier of our password: it is not the server it claims to be. */
  | { readonly reason: "serverUnproven" }
  /** What was selected is weaker than what this URL and pin demand. */
  | { readonly reason: "downgrade" }
  /** This identity was reached over TLS before: plain ws:// is refused until `resetPin()`. */
  | { readonly reason: "tlsRequired" }
  /** No common version, suite or key exchange. */
  | { readonly reason: "unsupported" };

/** How the bytes of this connection are protected, to be shown honestly. */
export type Protection =
  /** TLS alone: the certificate names the server. */
  | { readonly kind: "tls" }
  /** Sealed by IMSC/1, inside TLS or not. */
  | { readonly kind: "sealed"; readonly tls: boolean; readonly trust: Trust; readonly fingerprint: Fingerprint }
  /** Nothing, on the same machine, in development. */
  | { readonly kind: "clearLoopback" };

export type Trust =
  /** A person compared the code, or it came with the invite link. */
  | "verified"
  /** The same identity as on earlier connections, never compared. */
  | "known"
  /** Met for the first time. */
  | "firstUse";

export interface Fingerprint {
  /** 13 groups of 4, `OJI5-XDSX-…`. */
  readonly text: string;
  /** The first 20 characters, `OJI5X DSXO4 IDZPY X5FI7`. */
  readonly shortCode: string;
}

export interface SignedInAccount {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** Of the session; slides while it is used. */
  readonly expiresAt: number;
  readonly server: ServerInfo;
}

/** A request or sign-in that got no answer from the server; what the server answers is a `ReplyError`. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly reason: ClientErrorReason;

  constructor(reason: ClientErrorReason, detail?: string) {
    super(detail === undefined ? reason : `${reason}: ${detail}`);
    this.reason = reason;
  }
}

export type ClientErrorReason =
  /** The connection ended before the reply: the request may have been done. */
  | "lost"
  /** No reply in time: the request may have been done. */
  | "timeout"
  /** Not connected, and the queue of requests that wait for a connection is full. */
  | "queueFull"
  /** `stop` or `signOut` was called. */
  | "stopped"
  | "notSignedIn"
  /** See `client.state` for the refusal. */
  | "refused"
  /** The reply is not what the table says. */
  | "invalidReply"
  /** Bad arguments of a call of this library; nothing was sent. */
  | "invalidParams"
  /** This password scheme's costs are outside what a client accepts, or argon2id failed. */
  | "passwordScheme"
  /** A person gave the upload or download up. */
  | "cancelled"
  /** The source has other bytes than when it was hashed; nothing of them was sent. */
  | "fileChanged"
  /** The source rejected. */
  | "fileUnreadable"
  /** The object store refuses what the server allowed. */
  | "storeRefused"
  /** The object store has no room. What has arrived stays for a day, and another try sends only the rest. */
  | "storeFull"
  /** What came are not the bytes that the message tells of. */
  | "fileDamaged";

/** What a `failed` outbox entry shows. */
export type FailureReason = ReplyErrorName;
