import { ReplyError } from "@parley/protocol";
import type { Services } from "../domain/services.ts";

/** What `parley admin` is asked for: the words after it, and options. */
export interface AdminOrder {
  readonly deed: string;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean>>;
}

/** It cannot be done, for a reason that the operator reads. */
export class AdminRefusal extends Error {
  override readonly name = "AdminRefusal";
}

type Deed = (services: Services, order: AdminOrder) => AsyncIterable<string>;

const DAY_MS = 24 * 3600_000;
const INVITE_DAYS = 7;
const INVITE_DAYS_MAX = 366;
const INVITE_USES_MAX = 10_000;

/** By name; each tells line by line what it found or did. */
export const ADMIN_DEEDS: Readonly<Record<string, Deed>> = {
  async *users({ administration }) {
    for await (const { handle, userId, disabled } of administration.users()) {
      yield `${handle}  ${userId}${disabled ? "  disabled" : ""}`;
    }
  },

  async *user({ administration, ownership }, { words: [handle = ""] }) {
    const user = await administration.user(handle);
    yield `${user.handle} (${user.displayName}), id ${user.userId}, since ${day(user.createdAt)}`;
    if (await ownership.isOwner(user.userId)) yield "owns this server";
    if (user.disabledAt !== null) yield `disabled since ${day(user.disabledAt)}`;
    yield `e-mail: ${user.email ?? "none"}`;
    yield `${user.chats} chats, ${user.fileBytes} bytes of files, ${user.devices.length} devices signed in`;
    for (const chatId of user.owned) yield `owns the group ${chatId}`;
  },

  async *disable({ administration }, { words: [handle = ""] }) {
    const ended = await administration.disable(handle);
    yield `${handle} is disabled: ${ended} sessions were ended, and nobody signs in as ${handle} until \`parley admin enable ${handle}\`.`;
  },

  async *enable({ administration }, { words: [handle = ""] }) {
    const was = await administration.enable(handle);
    yield was ? `${handle} may sign in again.` : `${handle} was not disabled; nothing was changed.`;
  },

  async *"delete-user"({ administration }, { words: [handle = ""], options }) {
    const user = await administration.user(handle);
    if (user.owned.length > 0) {
      throw new AdminRefusal(
        `${handle} owns groups. Let them be handed over, or delete them: ${user.owned.join(", ")}. Nothing was changed.`,
      );
    }
    if (options.yes !== true) {
      yield `This would delete ${user.handle} (id ${user.userId}) with ${user.fileBytes} bytes of files, for good; what they wrote stays. Say it again with --yes.`;
      return;
    }
    await administration.delete(handle);
    yield `${handle} was deleted: ${user.devices.length} sessions were ended, ${user.chats} chats left; what they wrote stays, by a deleted user.`;
  },

  async *sessions({ administration }, { words: [handle = ""] }) {
    const { devices } = await administration.user(handle);
    if (devices.length === 0) yield `${handle} is signed in nowhere.`;
    for (const { deviceId, name, createdAt, lastSeenAt } of devices) {
      yield `${deviceId}  ${name}  since ${day(createdAt)}, last seen ${time(lastSeenAt)}`;
    }
  },

  async *"end-sessions"({ administration }, { words: [handle = ""] }) {
    yield `${await administration.endSessions(handle)} sessions of ${handle} were ended.`;
  },

  async *invites(services) {
    const invites = await services.invites.list(await ownerOf(services));
    if (invites.length === 0) yield "There is no invite of the owner's.";
    for (const { code, usesLeft, expiresAt } of invites) yield `${code}  ${usesLeft} uses until ${time(expiresAt)}`;
  },

  async *invite(services, { options }) {
    const uses = numberOf(options, "uses", 1, INVITE_USES_MAX);
    const days = numberOf(options, "days", INVITE_DAYS, INVITE_DAYS_MAX);
    const owner = await ownerOf(services);
    const { code, expiresAt } = await services.invites.create(owner, { uses, expiresInMs: days * DAY_MS });
    yield `The invite ${code} lets in ${uses} until ${time(expiresAt)}: open the app with #invite=${code} at the end of its address.`;
  },

  async *"revoke-invite"(services, { words: [code = ""] }) {
    await services.invites.revoke(await ownerOf(services), code);
    yield `The invite ${code} is worth nothing any more.`;
  },

  async *groups({ administration }) {
    for await (const { chatId, name, kind, members, entries } of administration.groups()) {
      yield `${chatId}  ${JSON.stringify(name)}  ${kind === "lobby" ? "the lobby" : `${members} members`}, ${entries} entries`;
    }
  },

  async *group({ administration }, { words: [chatId = ""] }) {
    const group = await administration.group(chatId);
    yield `${group.chatId}, ${JSON.stringify(group.name)} at first, ${group.members} members, ${group.entries} entries`;
    yield group.owner === null ? "nobody owns it" : `owned by ${group.owner}`;
  },

  async *"delete-group"({ administration, groups }, { words: [chatId = ""], options }) {
    const group = await administration.group(chatId);
    if (group.kind === "lobby") throw new AdminRefusal("The lobby is closed with --lobby off, not deleted.");
    if (group.owner === null) throw new AdminRefusal("Nobody owns the group, in whose name it could be deleted.");
    if (options.yes !== true) {
      yield `This would delete ${JSON.stringify(group.name)} (${chatId}) with ${group.entries} entries for its ${group.members} members, for good. Say it again with --yes.`;
      return;
    }
    await groups.delete(group.owner, chatId);
    yield `${JSON.stringify(group.name)} was deleted for its ${group.members} members.`;
  },

  async *statistics({ administration, deps }) {
    const { users, groups, directChats, entries, files } = await administration.count();
    yield `${users} users`;
    yield `${groups} groups, ${directChats} chats of two, ${entries} entries in them`;
    yield `${files} files`;
    yield `epoch ${deps.epoch.current()}`;
  },

  async *retention({ files, deps }) {
    const { fileRetention } = deps.config;
    yield fileRetention === 0
      ? "Files are kept for ever (--file-retention 0)."
      : `Files are removed ${fileRetention} days after the newest message that has them (--file-retention).`;
    const waiting = files.expiry === null ? 0 : await files.expiry.count();
    if (fileRetention > 0) yield `${waiting} files are looked at when their time comes.`;
    yield "Messages are kept until somebody retracts them, or their chat lets them vanish.";
  },
};

/** Throws `AdminRefusal`. */
export async function* doAdminDeed(services: Services, order: AdminOrder): AsyncGenerator<string> {
  const deed = Object.hasOwn(ADMIN_DEEDS, order.deed) ? ADMIN_DEEDS[order.deed] : undefined;
  if (deed === undefined) throw new AdminRefusal(`This server knows no "admin ${order.deed}".`);
  try {
    yield* deed(services, order);
  } catch (error) {
    if (error instanceof ReplyError) throw new AdminRefusal(wordsFor(error, order));
    throw error;
  }
}

function wordsFor(error: ReplyError, { words: [about = ""] }: AdminOrder): string {
  switch (error.name) {
    case "NOT_FOUND":
      return `There is no ${about}. Nothing was changed.`;
    case "CHAT_NOT_FOUND":
      return `There is no group ${about}. Nothing was changed.`;
    default:
      return `The server refuses it: ${error.name}.`;
  }
}

async function ownerOf({ ownership }: Services): Promise<string> {
  const owner = await ownership.owner();
  if (owner === null) throw new AdminRefusal("Nobody owns this server yet, in whose name invites are made.");
  return owner;
}

function numberOf(options: AdminOrder["options"], name: string, otherwise: number, most: number): number {
  const given = options[name];
  if (given === undefined) return otherwise;
  const number = /^\d{1,6}$/.test(String(given)) ? Number(given) : 0;
  if (number < 1 || number > most) throw new AdminRefusal(`--${name} is a number from 1 to ${most}.`);
  return number;
}

const time = (at: number) => new Date(at).toISOString().slice(0, 16).replace("T", " ");
const day = (at: number) => time(at).slice(0, 10);
