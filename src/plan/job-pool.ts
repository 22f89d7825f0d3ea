import { type JobPipe, Jobserver } from '../engine/jobserver.ts';
import type { TokenPool } from '../engine/scheduler.ts';
import type { Store } from '../store/store.ts';

/** Job tokens of a run. */
export interface JobPool extends TokenPool, Disposable {
  readonly jobserver: JobPipe;
}

/** A pool of `jobs` tokens, shared with the threads of compilers where the system allows it. It is made when the first token is wanted. */
export function jobPool(options: { readonly store: Store; readonly jobs: number }): JobPool {
  let made: MadePool | undefined;
  const pool = (): MadePool => {
    made ??= makePool(options);
    return made;
  };
  return {
    jobserver: {
      get childDescriptor() {
        return pool().childDescriptor;
      },
    },
    tryAcquire: () => pool().tryAcquire(),
    release: () => pool().release(),
    [Symbol.dispose]: () => made?.[Symbol.dispose](),
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
