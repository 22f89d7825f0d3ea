/** How long ago something was, as people say it: `just now`, `5 minutes ago`, `3 days ago`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 5) return 'just now';
  for (const [unit, length, below] of UNITS) {
    if (seconds < below) return ago(Math.max(1, Math.floor(seconds / length)), unit);
  }
  return ago(Math.floor(seconds / DAY), 'day');
}

const DAY = 86_400;

/** Each with its length in seconds, and up to how many seconds it is used. */
const UNITS: readonly (readonly [unit: string, length: number, below: number])[] = [
  ['second', 1, 60],
  ['minute', 60, 3600],
  ['hour', 3600, 2 * DAY],
];

function ago(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'} ago`;
}
