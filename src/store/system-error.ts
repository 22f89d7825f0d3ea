import { StoreFailure } from './store.ts';

/** Code of a failed system call, such as `ENOSPC`; `undefined` for every other value. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Runs `work`; a failed system call leaves as {@link StoreFailure} that names the path it failed on, or else `path`. */
export function failingAsStore<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new StoreFailure({ path: failedPath(error) ?? path, systemCode: code, cause: error });
  }
}

/** Runs `work`; `undefined` when it failed with one of `codes`. Other errors pass. */
export function unlessFailing<T>(codes: readonly string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    const code = systemCode(error);
    if (code !== undefined && codes.includes(code)) return undefined;
    throw error;
  }
}

function failedPath(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('path' in error)) return undefined;
  return typeof error.path === 'string' ? error.path : undefined;
}
