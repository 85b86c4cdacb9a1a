import { locale, t } from "./t.ts";

const DAY_MS = 24 * 3600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale()} ${name}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale(), options);
  formats.set(key, made);
  return made;
}

/** 10:32 */
export function timeOfDay(at: number): string {
  return format("time", { hour: "numeric", minute: "2-digit" }).format(at);
}

/** Friday, 20 November 2026, 10:32 */
export function fullDate(at: number): string {
  return format("full", { dateStyle: "full", timeStyle: "short" }).format(at);
}

/** What an input of a date and time takes: local, to the minute. */
export function inputMoment(at: number): string {
  const local = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
  return `${day}T${two(local.getHours())}:${two(local.getMinutes())}`;
}

/** Tomorrow at nine. */
export function nextMorning(now: number): number {
  const day = new Date(now);
  day.setDate(day.getDate() + 1);
  return day.setHours(9, 0, 0, 0);
}

/** Monday of the next week at nine. */
export function nextWeek(now: number): number {
  const day = new Date(now);
  day.setDate(day.getDate() + ((8 - day.getDay()) % 7 || 7));
  return day.setHours(9, 0, 0, 0);
}

/** How long something lasts yet: 12 s, 5 min, 3 h, 2 d. */
export function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return t("dates.leftSeconds", { count: seconds });
  if (seconds < 3600) return t("dates.leftMinutes", { count: Math.ceil(seconds / 60) });
  if (ms < DAY_MS) return t("dates.leftHours", { count: Math.ceil(seconds / 3600) });
  return t("dates.leftDays", { count: Math.ceil(ms / DAY_MS) });
}

/** 20 Nov 2026 */
export function calendarDay(at: number): string {
  return format("calendarDay", { dateStyle: "medium" }).format(at);
}

/** Local midnight of the day. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Days between two instants as people count them: by midnights, also over a change of the clocks. */
function daysBetween(earlier: number, later: number): number {
  return Math.round((dayOf(later) - dayOf(earlier)) / DAY_MS);
}

/** Today, yesterday, Friday, 3 March, 3 March 2025. */
export function dayName(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return t("dates.today");
  if (days === 1) return t("dates.yesterday");
  if (days < 7) return format("weekday", { weekday: "long" }).format(at);
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) {
    return format("day", { day: "numeric", month: "long" }).format(at);
  }
  return format("date", { dateStyle: "long" }).format(at);
}

/** For a row of the chat list: 10:32, Fri, 3 Mar, 03/03/25. */
export function shortMoment(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return timeOfDay(at);
  if (days < 7) return format("shortWeekday", { weekday: "short" }).format(at);
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) {
    return format("shortDay", { day: "numeric", month: "short" }).format(at);
  }
  return format("shortDate", { dateStyle: "short" }).format(at);
}

/** just now, 5 minutes ago, 2 hours ago, yesterday at 10:32, 3 March at 10:32 */
export function longAgo(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return t("dates.justNow");
  if (minutes < 60) return t("dates.minutesAgo", { count: minutes });
  if (minutes < 12 * 60) return t("dates.hoursAgo", { count: Math.floor(minutes / 60) });
  return t("dates.dayAt", { day: dayName(at, now), time: timeOfDay(at) });
}
