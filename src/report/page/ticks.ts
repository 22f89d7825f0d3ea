export interface Tick {
  /** Milliseconds. */
  readonly at: number;
  readonly text: string;
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
];

/** Marks at round times, at most so many. */
export function ticksFor(view: { readonly from: number; readonly to: number }, most: number): readonly Tick[] {
  const length = view.to - view.from;
  const step = STEPS_MS.find((candidate) => length / candidate <= Math.max(2, most)) ?? 3_600_000;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) ticks.push({ at, text: tickText(at, step) });
  return ticks;
}

function tickText(at: number, step: number): string {
  if (step < 1000 && at < 1000) return `${at} ms`;
  const minutes = Math.floor(at / 60_000);
  const seconds = (at % 60_000) / 1000;
  const digits = step >= 1000 ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;
  if (minutes === 0) return `${seconds.toFixed(digits)} s`;
  const rest = seconds.toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, '0');
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}
