import { type JobPipe, Jobserver } from '../engine/jobserver.ts';
import type { TokenPool } from '../engine/scheduler.ts';
import type { Store } from '../store/store.ts';

/** Job tokens of a run. */
export interface JobPool extends TokenPool, Disposable {
  readonly jobserver: JobPipe;
}

/**
 * A pool of `jobs` tokens, shared with the threads of compilers where the system allows it. The pipe for that, which takes a process of
 * its own, is made when the first action wants it; until then tokens are only counted.
 */
export function jobPool(options: { readonly store: Store; readonly jobs: number }): JobPool {
  const counted = countingPool(options.jobs);
  let held = 0;
  let shared: MadePool | undefined;
  const share = (): MadePool => {
    const made = makePool(options);
    for (let token = 0; token < held; token += 1) made.tryAcquire();
    return made;
  };
  return {
    jobserver: {
      get childDescriptor() {
        return (shared ??= share()).childDescriptor;
      },
    },
    tryAcquire: () => {
      const isTaken = (shared ?? counted).tryAcquire();
      if (isTaken) held += 1;
      return isTaken;
    },
    release: () => {
      held -= 1;
      (shared ?? counted).release();
    },
    [Symbol.dispose]: () => shared?.[Symbol.dispose](),
  };
}

type MadePool = TokenPool & JobPipe & Disposable;

function makePool({ store, jobs }: { readonly store: Store; readonly jobs: number }): MadePool {
  const scratch = store.scratch();
  const jobserver = Jobserver.create(scratch.path, jobs);
  scratch.dispose();
  return jobserver ?? countingPool(jobs);
}

/** For systems without named pipes: only whole actions are counted. */
function countingPool(jobs: number): MadePool {
  let free = jobs;
  return {
    childDescriptor: undefined,
    tryAcquire: () => {
      if (free === 0) return false;
      free -= 1;
      return true;
    },
    release: () => {
      free += 1;
    },
    [Symbol.dispose]: () => undefined,
  };
}
