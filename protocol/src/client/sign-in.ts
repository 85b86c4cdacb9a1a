import { canonicalHandle } from "../handle.ts";
import type { Random } from "../platform.ts";
import type { Params, Result } from "../requests.ts";
import { equalBytes, fromBase64Url, toBase64Url } from "../secure/bytes.ts";
import type { Hashing } from "../secure/index.ts";
import { acceptableScramCost, scramPassword, scramProve } from "../secure/scram.ts";
import type { Argon2id } from "./argon2id.ts";
import type { PendingRequests } from "./pending-requests.ts";
import { ClientError } from "./state.ts";

/** Argon2 on a slow phone, and a place in the server's bounded queue of them. */
const PASSWORD_TIMEOUT_MS = 60_000;

export interface SignInContext {
  readonly hashing: Hashing;
  readonly argon2id: Argon2id;
  readonly random: Random;
  readonly device: { readonly name: string };
  readonly client: { readonly version: string; readonly features: string[] };
}

/** The server is not what it claims: it did not know the verifier of the password. */
export class ServerUnproven extends Error {
  override readonly name = "ServerUnproven";
}

export type Granted = Result<"auth.register">;

/** `email` with its `code` of purpose `register`, and an `invite`, where `node.info` says that the server wants them. */
export type NewAccount = Pick<
  Params<"auth.register">,
  "handle" | "password" | "displayName" | "email" | "code" | "invite"
>;

export function register(requests: PendingRequests, context: SignInContext, account: NewAccount): Promise<Granted> {
  const { device, client } = context;
  return requests.request("auth.register", { ...account, device, client }, PASSWORD_TIMEOUT_MS);
}

/** With a code of purpose `signIn`, which came by mail. */
export function signInByCode(
  requests: PendingRequests,
  context: SignInContext,
  credentials: { readonly email: string; readonly code: string },
): Promise<Granted> {
  const { device, client } = context;
  return requests.request("auth.signInByCode", { ...credentials, device, client });
}

/** SCRAM bound to the channel (SPEC A1..): a relayed proof is worthless, because `binding` differs there. */
export async function signInByPassword(
  requests: PendingRequests,
  context: SignInContext,
  credentials: { readonly handle: string; readonly password: string },
  binding: Uint8Array,
): Promise<Granted> {
  const { hashing, device, client } = context;
  const user = canonicalHandle(credentials.handle);
  const clientNonce = context.random.bytes(32);
  const start = await requests.request("auth.scramStart", { handle: user, clientNonce: toBase64Url(clientNonce) });
  const { memoryKiB, iterations, parallelism } = start;
  const salt = bytesOf(start.salt);
  const serverNonce = bytesOf(start.serverNonce);
  const cost = { memoryKiB, iterations, parallelism };
  if (!acceptableScramCost(cost, salt)) throw new ClientError("passwordScheme", JSON.stringify(cost));
  const salted = await context.argon2id({ password: scramPassword(credentials.password), salt, ...cost });
  if (salted.length !== 32) throw new ClientError("passwordScheme", "argon2id must answer 32 bytes");
  const proof = scramProve(hashing, salted, { user, clientNonce, serverNonce, salt, ...cost, binding });
  const clientProof = toBase64Url(proof.clientProof);
  const granted = await requests.request("auth.scramFinish", { clientProof, device, client }, PASSWORD_TIMEOUT_MS);
  if (!equalBytes(bytesOf(granted.serverSignature), proof.serverSignature)) throw new ServerUnproven();
  return granted;
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64Url(text);
  if (bytes === null) throw new ClientError("invalidReply", "base64url");
  return bytes;
}
