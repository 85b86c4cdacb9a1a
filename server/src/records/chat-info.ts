import { type Chat, type ChatId, type ChatSettings, DEFAULT_CHAT_SETTINGS, type SystemBody } from "@parley/protocol";
import { chatInfo } from "../store/keys.ts";
import type { Kv, Reads } from "../store/kv.ts";

/** What a chat's log says about the chat itself: the sum of its `changed` entries. */
export interface ChatInfo extends Pick<Chat, "name" | "description" | "avatar"> {
  readonly settings: ChatSettings;
  /** The entry that ended the chat for everybody; 0 as long as it lives. */
  readonly deletedSeq: number;
}

/** A `changed` entry without its name. */
export type ChatChange = Omit<Extract<SystemBody, { event: "changed" }>, "event">;

const DELETED = "deleted";

/**
 * `field#seq` -> JSON of what the entry `seq` says; the highest seq of a field counts. Those that it has overtaken are
 * removed, so that the hash stays small: it is read with every message that is sent. Who wakes late writes what nobody
 * looks at any more.
 */
export async function writeChange(store: Kv, chatId: ChatId, change: ChatChange, seq: number): Promise<void> {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined);
  await writeFields(store, chatId, Object.fromEntries(entries), seq);
}

export async function writeDeleted(store: Kv, chatId: ChatId, seq: number): Promise<void> {
  await writeFields(store, chatId, { [DELETED]: true }, seq);
}

export async function readChatInfo(store: Reads, chatId: ChatId): Promise<ChatInfo> {
  return infoOf(await store.hashGetAll(chatInfo(chatId)));
}

/** The first entry that a member may read. */
export function fromSeqOf({ settings }: Pick<ChatInfo, "settings">, { joinedSeq }: { joinedSeq: number }): number {
  return settings.historyForNew ? 0 : joinedSeq;
}

/** The same; `oldest` is what is asked for: of their own time a member may read everything. */
export async function readableFrom(
  store: Kv,
  chatId: ChatId,
  member: { joinedSeq: number },
  oldest: number,
): Promise<number> {
  if (oldest >= member.joinedSeq) return member.joinedSeq;
  return fromSeqOf(await readChatInfo(store, chatId), member);
}

function infoOf(fields: Readonly<Record<string, string>>): ChatInfo {
  const latest = latestFields(fields);
  const values = Object.fromEntries([...latest].map(([name, { text }]) => [name, JSON.parse(text) as unknown]));
  const { name, description, avatar, ...rest } = values as ChatChange;
  const settings = Object.fromEntries(
    Object.entries(DEFAULT_CHAT_SETTINGS).map(([key, standard]) => [key, rest[key as keyof typeof rest] ?? standard]),
  );
  return {
    ...(name === undefined ? {} : { name }),
    ...(description ? { description } : {}),
    ...(avatar ? { avatar } : {}),
    settings: settings as ChatSettings,
    deletedSeq: latest.get(DELETED)?.seq ?? 0,
  };
}

interface Field {
  readonly seq: number;
  readonly text: string;
}

function latestFields(fields: Readonly<Record<string, string>>): Map<string, Field> {
  const latest = new Map<string, Field>();
  for (const [field, text] of Object.entries(fields)) {
    const { name, seq } = parseField(field);
    if (seq > (latest.get(name)?.seq ?? -1)) latest.set(name, { seq, text });
  }
  return latest;
}

function parseField(field: string): { readonly name: string; readonly seq: number } {
  const hash = field.indexOf("#");
  return { name: field.slice(0, hash), seq: Number(field.slice(hash + 1)) };
}

async function writeFields(store: Kv, chatId: ChatId, values: Readonly<Record<string, unknown>>, seq: number) {
  const key = chatInfo(chatId);
  const fields = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${name}#${seq}`, JSON.stringify(value)]),
  );
  await store.hashSetMany(key, fields);
  const overtaken = Object.keys(await store.hashGetAll(key)).filter((field) => {
    const known = parseField(field);
    return known.name in values && known.seq < seq;
  });
  if (overtaken.length > 0) await store.hashDelete(key, ...overtaken);
}
