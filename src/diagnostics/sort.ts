import type { Diagnostic } from './diagnostic.ts';

/** By file, place, code and message, so that parallel runs print alike; what has no place comes first. Equal ones are kept once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = diagnostics.toSorted(compareDiagnostics);
  return sorted.filter((diagnostic, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || compareDiagnostics(previous, diagnostic) !== 0 || previous.output !== diagnostic.output;
  });
}

function compareDiagnostics(left: Diagnostic, right: Diagnostic): number {
  return (
    compareText(left.span?.file ?? '', right.span?.file ?? '') ||
    (left.span?.start ?? 0) - (right.span?.start ?? 0) ||
    compareText(left.code, right.code) ||
    compareText(left.message, right.message)
  );
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
