import { setMaxListeners } from 'node:events';

export interface Interruption {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Back to the default handling of signals. */
  readonly dispose: () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal asks everything to stop; the second one does not wait: `endNow` is called. */
export function watchInterruption(process: NodeJS.Process, endNow: () => void): Interruption {
  const controller = new AbortController();
  // Whatever runs at the same time listens: there is no number of listeners that would be a leak.
  setMaxListeners(0, controller.signal);
  const onSignal = (): void => {
    if (controller.signal.aborted) endNow();
    else controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
