import { locale } from "./t.ts";

const UNITS = [
  ["day", 24 * 3600_000],
  ["hour", 3600_000],
  ["minute", 60_000],
] as const;

/** 30 seconds, 5 minutes, 1 hour, 7 days: in the largest unit that leaves no rest. */
export function durationText(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? (["second", 1000] as const);
  return inUnit(unit, Math.ceil(ms / unitMs));
}

/** How long one has still to wait; seconds only near the end. */
export function waitText(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, size]) => ms > 2 * size) ?? (["second", 1000] as const);
  return inUnit(unit, Math.max(1, Math.ceil(ms / unitMs)));
}

function inUnit(unit: string, count: number): string {
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long" }).format(count);
}
