import { setTimeout as sleep } from 'node:timers/promises';

/** How often and after which pauses something is tried again. */
export interface RetryPolicy {
  /** Attempts in a row that brought nothing, after which it is given up. */
  readonly attempts: number;
  /** Settles after so many milliseconds, at most a minute, or as soon as the signal aborts. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

/** Milliseconds to wait after so many attempts in vain: each time twice as long. */
export function pauseAfter(attempts: number): number {
  return FIRST_PAUSE_MS * 2 ** (attempts - 1);
}

/** Waits on the clock. */
export async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.min(milliseconds, LONGEST_PAUSE_MS), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
