import { createHash, randomUUID } from "node:crypto";
import type { Method, Params, Result } from "@parley/protocol";
import { freshHandle, PASSWORD, type Person, registerPerson, resumePerson, textMessage } from "./person.ts";
import { pixel } from "./pictures.ts";

/** Who calls, those who may least first: what the later ones destroy, the earlier ones have used. */
export const CALLERS = [
  "notSignedIn",
  /** With the token of a session that was revoked. */
  "revoked",
  /** Signed in, and never a member. */
  "stranger",
  /** Was a member. */
  "removed",
  /** In a direct chat with somebody who has blocked them. */
  "blocked",
  "muted",
  "member",
  "admin",
  "owner",
] as const;
export type Caller = (typeof CALLERS)[number];
export type SignedIn = Exclude<Caller, "notSignedIn" | "revoked">;
const SIGNED_IN = CALLERS.slice(2) as readonly SignedIn[];

const HOUR_MS = 3_600_000;

/** People with an account; the same for many rows of the table. */
export class Cast {
  readonly people: Readonly<Record<SignedIn | "revoked" | "blocker", Person>>;
  /** Somebody for each caller to do something to: not in the group. */
  readonly outsiders: Readonly<Record<Caller, Person>>;
  /** In the group. */
  readonly insiders: Readonly<Record<Caller, Person>>;
  /** Of `blocked` with who blocked them. */
  readonly direct: { readonly chatId: string; readonly seq: number; readonly pollSeq: number };
  readonly avatar: string;

  private constructor(parts: Pick<Cast, "people" | "outsiders" | "insiders" | "direct" | "avatar">) {
    this.people = parts.people;
    this.outsiders = parts.outsiders;
    this.insiders = parts.insiders;
    this.direct = parts.direct;
    this.avatar = parts.avatar;
  }

  /** Those to whom things are done may be `others`'. */
  static async gather(url: string, others?: Cast): Promise<Cast> {
    const several = async <K extends string>(names: readonly K[]) => {
      const made = names.map(async (name) => [name, await registerPerson(url)] as const);
      return Object.fromEntries(await Promise.all(made)) as Record<K, Person>;
    };
    const people = await several([...SIGNED_IN, "revoked", "blocker"]);
    const outsiders = others?.outsiders ?? (await several(CALLERS));
    const insiders = others?.insiders ?? (await several(CALLERS));
    const { blocked, blocker, revoked, owner } = people;
    const { chat } = await ask(blocker, "chat.openDirect", { userId: blocked.userId });
    const { seq } = await ask(blocker, "message.send", textMessage(chat.chatId, "before") as Params<"message.send">);
    const { seq: pollSeq } = await ask(blocker, "message.send", poll(chat.chatId));
    await ask(blocker, "contact.block", { userId: blocked.userId });
    const avatar = pixel().toString("base64url");
    await ask(owner, "account.setAvatar", { avatar });
    const other = await resumePerson(url, revoked);
    await other.request("auth.signOut", {});
    await revoked.connection.closed;
    const direct = { chatId: chat.chatId, seq, pollSeq };
    const hash = createHash("sha256").update(pixel()).digest("hex");
    return new Cast({ people, outsiders, insiders, direct, avatar: hash });
  }

  /** Those of `others` stay. */
  async close(others?: Cast): Promise<void> {
    const groups = others === undefined ? [this.people, this.outsiders, this.insiders] : [this.people];
    const everybody = groups.flatMap((group) => Object.values(group));
    await Promise.all(everybody.map(({ connection }) => connection.close()));
  }
}

/** A group in which each caller is what its name says, with a message of the member, and a poll of the owner. */
export interface World {
  readonly cast: Cast;
  readonly groupId: string;
  readonly joinedSeq: number;
  /** What is asked about: the group, or for who is blocked the direct chat. */
  at(caller: Caller): { readonly chatId: string; readonly seq: number; readonly pollSeq: number };
  /** Who is not in the group: for `blocked`, who blocked them. */
  outsider(caller: Caller): string;
  insider(caller: Caller): string;
  /** What was prepared for the row. */
  readonly prepared: string;
}

export async function makeWorld(cast: Cast): Promise<World> {
  const { removed, muted, member, admin, owner } = cast.people;
  const insiders = Object.values(cast.insiders);
  const members = [removed, muted, member, admin, ...insiders].map(({ userId }) => userId);
  const { chat } = await ask(owner, "chat.createGroup", { name: "G", members });
  const { chatId } = chat;
  await ask(owner, "member.setRole", { chatId, userId: admin.userId, role: "admin" });
  await ask(owner, "member.mute", { chatId, userId: muted.userId, untilMs: Date.now() + HOUR_MS });
  await ask(owner, "member.remove", { chatId, userId: removed.userId });
  const { seq } = await ask(member, "message.send", textMessage(chatId, "of the member") as Params<"message.send">);
  const { seq: pollSeq } = await ask(owner, "message.send", poll(chatId));
  return {
    cast,
    groupId: chatId,
    joinedSeq: chat.joinedSeq,
    at: (caller) => (caller === "blocked" ? cast.direct : { chatId, seq, pollSeq }),
    outsider: (caller) => (caller === "blocked" ? cast.people.blocker : cast.outsiders[caller]).userId,
    insider: (caller) => (caller === "blocked" ? cast.people.blocker : cast.insiders[caller]).userId,
    prepared: "",
  };
}

/** A request that has to be done. */
export async function ask<M extends Method>(person: Person, method: M, params: Params<M>): Promise<Result<M>> {
  return (await person.connection.request(method, params)) as Result<M>;
}

export function poll(chatId: string): Params<"message.send"> {
  const body = { question: "When?", options: ["now", "never"], multiple: false, anonymous: false };
  return { chatId, clientId: randomUUID(), kind: "poll", body };
}

export { freshHandle, HOUR_MS, PASSWORD };
