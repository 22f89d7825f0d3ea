import { Jobserver } from '../engine/jobserver.ts';
import type { TokenPool } from '../engine/scheduler.ts';
import type { Store } from '../store/store.ts';

/** Job tokens of a run. */
export interface JobPool extends TokenPool, Disposable {
  /** `undefined`: this system has no named pipes, and only whole actions are counted. */
  readonly jobserver: Jobserver | undefined;
}

/** A pool of `jobs` tokens, shared with the threads of compilers where the system allows it. */
export function jobPool(options: { readonly store: Store; readonly jobs: number }): JobPool {
  const scratch = options.store.scratch();
  const jobserver = Jobserver.create(scratch.path, options.jobs);
  scratch.dispose();
  if (jobserver === undefined) return countingPool(options.jobs);
  return {
    jobserver,
    tryAcquire: () => jobserver.tryAcquire(),
    release: () => jobserver.release(),
    [Symbol.dispose]: () => jobserver[Symbol.dispose](),
  };
}

function countingPool(jobs: number): JobPool {
  let free = jobs;
  return {
    jobserver: undefined,
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
