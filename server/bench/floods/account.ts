import { randomBytes } from "node:crypto";
import type { Result } from "@parley/protocol";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { dial } from "../parley/dial.ts";
import type { FloodTarget } from "./flood.ts";

/** A connection that has not signed in. */
export async function stranger({ url, from }: FloodTarget): Promise<{ talker: Talker; binding: Uint8Array }> {
  const address = `${url.replace(/^http/, "ws")}/ws`;
  return dial({ url: address, kem: "x25519", tally: new Tally(), pin: null, ticket: null, from });
}

export interface Account {
  readonly handle: string;
  readonly token: string;
  readonly userId: string;
}

export async function register(target: FloodTarget): Promise<Account> {
  const handle = `f${randomBytes(8).toString("hex")}`;
  const { talker } = await stranger(target);
  const made = await talker.request<Result<"auth.register">>("auth.register", {
    ...{ handle, password: "correct horse battery staple", device: { name: "flood" } },
  });
  talker.close();
  return { handle, token: made.token, userId: made.userId };
}

/** One more connection of the account. */
export async function signedIn(target: FloodTarget, { token }: Account): Promise<Talker> {
  const { talker } = await stranger(target);
  await talker.request("auth.resume", { token });
  return talker;
}
