/** `0.04s`, `3.2s`, `48s`, `2m 05s`, `1h 02m`: as exact as anyone wants to read it. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 1) return `${seconds.toFixed(2)}s`;
  return seconds < 59.95 ? `${seconds.toFixed(1)}s` : minutesAndMore(seconds);
}

/** Whole seconds, for what changes while it is read: `7s`, `2m 05s`. */
export function formatSeconds(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  return seconds < 59.5 ? `${Math.round(seconds)}s` : minutesAndMore(seconds);
}

function minutesAndMore(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}h ${twoDigits(minutes)}m` : `${minutes}m ${twoDigits(whole % 60)}s`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
