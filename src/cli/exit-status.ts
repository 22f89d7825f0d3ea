import type { Diagnostic } from '../diagnostics/diagnostic.ts';

/** 0 done · 1 the user's build or check failed · 2 bad usage or bad input · 3 the infrastructure failed · 130 interrupted. */
export type ExitStatus = 0 | 1 | 2 | 3 | 130;

const STATUS_OF_BLAME = { build: 1, input: 2, infrastructure: 3 } as const satisfies Record<Diagnostic['blame'], ExitStatus>;

/** Status of something that went wrong: the worst blame of its errors; 3 when there is none, for then nobody knows what happened. */
export function failureStatus(diagnostics: readonly Diagnostic[]): ExitStatus {
  let status: ExitStatus | undefined;
  for (const { severity, blame } of diagnostics) {
    const own = STATUS_OF_BLAME[blame];
    if (severity === 'error' && (status === undefined || own > status)) status = own;
  }
  return status ?? 3;
}
