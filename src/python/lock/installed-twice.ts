import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { DistributionName } from '../distribution-name.ts';

/** F0925 for every entry whose name an earlier one has. `hint` says how the lock comes to have one of them. */
export function installedTwice<Entry extends { readonly name: DistributionName }>(
  entries: readonly Entry[],
  { spanOf, hint }: { readonly spanOf: (entry: Entry) => Span; readonly hint: string },
): readonly Diagnostic[] {
  const seen = new Map<DistributionName, Entry>();
  return entries.flatMap((entry): readonly Diagnostic[] => {
    const first = seen.get(entry.name);
    seen.set(entry.name, entry);
    if (first === undefined) return [];
    return [
      {
        code: 'F0925',
        severity: 'error',
        blame: 'input',
        message: `\`${entry.name}\` would be installed twice`,
        span: spanOf(first),
        related: [{ message: 'and again from here', span: spanOf(entry) }],
        hints: [hint],
      },
    ];
  });
}
