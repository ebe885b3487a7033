// One locale for every figure: the words around them are English, and a browser started under LANG=C names a locale
// ("en-US@posix") that Intl refuses.
const LOCALE = "en-GB";

const whole = new Intl.NumberFormat(LOCALE);
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(LOCALE, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const dateAndClock = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const formatCount = (count: number): string => (count >= 10_000 ? compact.format(count) : whole.format(count));

export const formatPercent = (share: number): string => `${Math.round(share * 100)}\u202f%`;

export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** Playing time: 75 seconds is "1:15". */
export function formatDuration(seconds: number): string {
  const total = Math.round(seconds);
  return `${Math.floor(total / 60)}:${String(total % 60).padStart(2, "0")}`;
}

export const formatClock = (at: string | number): string => clock.format(new Date(at));

/** The hour alone today, with the weekday within six days, with the date beyond. */
export function formatMoment(at: string, now: number): string {
  const moment = new Date(at);
  if (moment.toDateString() === new Date(now).toDateString()) return clock.format(moment);
  return Math.abs(moment.getTime() - now) < 6 * DAY ? dayAndClock.format(moment) : dateAndClock.format(moment);
}

/** How long something lasts or lasted, in its largest unit: "4 min". */
export function formatSpan(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span < MINUTE) return `${Math.floor(span / 1000)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < 2 * DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} days`;
}

export function formatAgo(at: string, now: number): string {
  const span = now - Date.parse(at);
  return span < 10_000 ? "just now" : `${formatSpan(span)} ago`;
}

export function formatIn(at: string, now: number): string {
  const span = Date.parse(at) - now;
  return span <= 0 ? "now" : `in ${formatSpan(span)}`;
}
