import type { ChatPrefs, Message as LogEntry, UserId } from "@parley/protocol";

/** A time of every day in which nothing disturbs; minutes since midnight where the person is. */
export interface QuietHours {
  readonly on: boolean;
  readonly from: number;
  readonly to: number;
}

/** What the person wants of notifications, on all devices. */
export interface NoticeRules {
  readonly sound: boolean;
  /** Show what was written, and not only by whom. */
  readonly preview: boolean;
  readonly quiet: QuietHours;
}

export const DEFAULT_RULES: NoticeRules = {
  sound: true,
  preview: true,
  quiet: { on: false, from: 22 * 60, to: 7 * 60 },
};

/** Names of the settings that the devices share. */
export const RULE_KEYS = {
  sound: "notifications.sound",
  preview: "notifications.preview",
  quiet: "notifications.quiet",
} as const satisfies Record<keyof NoticeRules, string>;

const MINUTES_A_DAY = 24 * 60;

/** Values that are not what they should be, from another client, count as not set. */
export function readRules(settings: ReadonlyMap<string, unknown>): NoticeRules {
  const bool = (key: string, otherwise: boolean) => {
    const value = settings.get(key);
    return typeof value === "boolean" ? value : otherwise;
  };
  return {
    sound: bool(RULE_KEYS.sound, DEFAULT_RULES.sound),
    preview: bool(RULE_KEYS.preview, DEFAULT_RULES.preview),
    quiet: readQuiet(settings.get(RULE_KEYS.quiet)) ?? DEFAULT_RULES.quiet,
  };
}

function readQuiet(value: unknown): QuietHours | null {
  if (typeof value !== "object" || value === null) return null;
  const { on, from, to } = value as Partial<Record<keyof QuietHours, unknown>>;
  return typeof on === "boolean" && isMinute(from) && isMinute(to) ? { on, from, to } : null;
}

function isMinute(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < MINUTES_A_DAY;
}

/** Is it a quiet hour? They may go over midnight; the same minute twice is the whole day. */
export function isQuiet({ on, from, to }: QuietHours, now: Date): boolean {
  if (!on) return false;
  const minute = now.getHours() * 60 + now.getMinutes();
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** Is this entry worth a notice in a chat of these preferences? */
export function isWorthNotice(entry: LogEntry, prefs: ChatPrefs, me: UserId, now: number): boolean {
  if (entry.kind === "void" || entry.kind === "system" || entry.kind === "retracted") return false;
  if (entry.kind === "call" && (entry.body.outcome === "finished" || entry.body.outcome === "refused")) return false;
  if (entry.sender === me || (prefs.mutedUntil ?? 0) > now) return false;
  return prefs.mentionsOnly !== true || mentions(entry, me);
}

function mentions(entry: LogEntry, me: UserId): boolean {
  return entry.kind === "text" && (entry.body.mentionAll === true || entry.body.mentions?.includes(me) === true);
}

/** What the title and the icon count: of a muted chat and one for mentions only no more than the mentions. */
export function attentionOf(
  { unread, mentions: mentioning, prefs }: { unread: number; mentions: number; prefs: ChatPrefs },
  now: number,
): number {
  if ((prefs.mutedUntil ?? 0) > now) return 0;
  return prefs.mentionsOnly === true ? mentioning : unread;
}
