import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { StoreFailure } from '../store/store.ts';

/** What is told of an exception that reached the top: a failing disk, or a defect of ours. */
export function failureDiagnostic(error: unknown, options: { readonly backtrace: boolean }): Diagnostic {
  return error instanceof StoreFailure ? storeDiagnostic(error) : internalErrorDiagnostic(error, options);
}

function storeDiagnostic(failure: StoreFailure): Diagnostic {
  if (failure.systemCode === 'EEXIST') return obstacleDiagnostic(failure.path);
  return {
    code: 'F0690',
    severity: 'error',
    blame: 'infrastructure',
    message: `the store cannot be used: ${meaningOf(failure.systemCode)}`,
    facts: [
      ['path', failure.path],
      ['system error', failure.systemCode],
    ],
    hints: hintsFor(failure.systemCode),
  };
}

/** A result is linked only where nothing is, or where an older result was linked. */
function obstacleDiagnostic(path: string): Diagnostic {
  return {
    code: 'F0691',
    severity: 'error',
    blame: 'input',
    message: `\`${path}\` is in the way of the result's link`,
    hints: ['remove it, or choose another place with `-o PATH`'],
  };
}

function meaningOf(systemCode: string): string {
  switch (systemCode) {
    case 'ENOSPC':
      return 'no space is left on its disk';
    case 'EDQUOT':
      return 'the disk quota is used up';
    case 'EROFS':
      return 'its file system is read-only';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open';
    default:
      return 'the disk failed';
  }
}

function hintsFor(systemCode: string): readonly string[] {
  const elsewhere = 'choose another directory with `--store DIR` or `FERRULE_STORE`';
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') return ['make room with `ferrule store gc --max-size SIZE`', elsewhere];
  if (systemCode === 'EMFILE' || systemCode === 'ENFILE') return ['raise the limit with `ulimit -n`, or use a smaller `-j`'];
  return [elsewhere];
}

function internalErrorDiagnostic(error: unknown, { backtrace }: { readonly backtrace: boolean }): Diagnostic {
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  return {
    code: 'F0790',
    severity: 'error',
    blame: 'infrastructure',
    message: `internal error: ${message.replace(/^internal: /u, '')}`,
    ...(backtrace && stack !== undefined ? { output: stack } : {}),
    hints: [
      'this is a defect of Ferrule: please report it with the command and this text',
      ...(backtrace ? [] : ['`FERRULE_BACKTRACE=1` shows where it happened']),
    ],
  };
}
