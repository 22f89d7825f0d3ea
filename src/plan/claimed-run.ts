import type { EventSink, NodeId } from '../engine/events.ts';
import type { Preparation, RunOutcome } from '../engine/scheduler.ts';
import type { ActionKey } from '../model/action.ts';
import type { Store } from '../store/store.ts';

/** Work that is claimed in the store while it runs, so that another run on it waits for the result. */
export function claimedRun(options: {
  readonly id: NodeId;
  readonly key: ActionKey;
  readonly store: Store;
  readonly sink: EventSink;
  readonly now: () => number;
  readonly run: () => Promise<RunOutcome>;
}): Preparation {
  const { id, key, store, sink, now, run } = options;
  let release: (() => void) | undefined;
  return {
    kind: 'run',
    key,
    reserve: () => {
      const claim = store.claim(key);
      if (claim.kind === 'theirs') {
        sink({ type: 'waiting', node: id, at: now() });
        return claim.released();
      }
      release = claim.release;
      return undefined;
    },
    run: async () => await run().finally(() => release?.()),
  };
}
