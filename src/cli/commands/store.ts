import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { printDiagnostics } from '../../diagnostics/print.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { EntryKind } from '../../store/inventory.ts';
import type { KindStatistics } from '../../store/statistics.ts';
import { formatBytes } from '../byte-size.ts';
import { type ExitStatus, failureStatus } from '../exit-status.ts';
import { jsonDiagnostics, jsonDocument } from '../json-report.ts';
import type { CommonSettings, StoreCollectionSettings, StoreVerificationSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { count } from '../view/words.ts';

/** A store command: the opened store, what is asked, and where to answer. */
export interface StoreCommand<Settings extends CommonSettings> {
  readonly store: DirectoryStore;
  readonly settings: Settings;
  readonly terminal: Terminal;
}

/** Bytes left when neither a size nor an age is given, nor `ferrule.toml` has a size. */
const DEFAULT_BUDGET = 20 * 2 ** 30;

/** `ferrule store gc`. `budget`: bytes that `ferrule.toml` allows the store; `undefined`: it does not say. */
export function collectCommand({
  store,
  settings,
  terminal,
  budget,
}: StoreCommand<StoreCollectionSettings> & { readonly budget: number | undefined }): ExitStatus {
  const { maxBytes, maxAgeMs, dryRun } = settings;
  const report = store.gc({
    maxBytes: maxBytes ?? (maxAgeMs === undefined ? (budget ?? DEFAULT_BUDGET) : Number.MAX_SAFE_INTEGER),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    dryRun,
  });
  if (!report.ran) return answerDiagnostics([busyDiagnostic(report.holder)], { settings, terminal });
  const { bytesBefore, bytesAfter, removed, deadRoots } = report;
  if (settings.json) {
    const sizes = { bytes_before: bytesBefore, bytes_after: bytesAfter };
    terminal.out(jsonDocument({ ok: true, dry_run: dryRun, ...sizes, removed, dead_roots: deadRoots, diagnostics: [] }));
    return 0;
  }
  const verb = dryRun ? 'would remove' : 'removed';
  terminal.out(`${verb} ${kinds(removed)}: ${formatBytes(bytesBefore)} → ${formatBytes(bytesAfter)}\n`);
  return 0;
}

/** `ferrule store verify`. */
export function verifyCommand({ store, settings, terminal }: StoreCommand<StoreVerificationSettings>): ExitStatus {
  const { checked, corrupt, repaired } = store.verify({ repair: settings.repair });
  const diagnostics = corrupt.length === 0 ? [] : [damageDiagnostic({ checked, corrupt, repaired })];
  const status = corrupt.length === 0 || repaired ? 0 : failureStatus(diagnostics);
  if (settings.json)
    terminal.out(jsonDocument({ ok: status === 0, checked, corrupt, repaired, diagnostics: jsonDiagnostics(diagnostics) }));
  else if (corrupt.length === 0) terminal.out(`${count(checked, 'entry', 'entries')} checked, none damaged\n`);
  printProblems(diagnostics, { settings, terminal });
  return status;
}

/** `ferrule store stats`. */
export function statisticsCommand({ store, settings, terminal }: StoreCommand<CommonSettings>): ExitStatus {
  const { blobs, trees, environments, results, notes, roots, sessions, bytes } = store.statistics();
  if (settings.json) {
    terminal.out(
      jsonDocument({ ok: true, directory: store.directory, bytes, blobs, trees, environments, results, notes, roots, sessions }),
    );
    return 0;
  }
  const rows = [row('blobs', blobs), row('trees', trees), row('environments', environments), row('results', results), row('notes', notes)];
  const total = `total${' '.repeat(18)}${formatBytes(bytes).padStart(10)}   files shared by blobs and trees counted once`;
  terminal.out(`${[store.directory, ...rows, total, `${count(roots, 'linked result')}, ${count(sessions, 'live run')}`].join('\n')}\n`);
  return 0;
}

function row(name: string, { count: number, bytes }: KindStatistics): string {
  return `${name.padEnd(12)}${String(number).padStart(9)}  ${formatBytes(bytes).padStart(10)}`;
}

function kinds(removed: Readonly<Record<EntryKind, number>>): string {
  const { blob, tree, environment, result, note } = removed;
  return [count(environment, 'environment'), count(result, 'result'), count(tree, 'tree'), count(blob, 'blob'), count(note, 'note')].join(
    ', ',
  );
}

function busyDiagnostic(holder: number): Diagnostic {
  return {
    code: 'F0692',
    severity: 'error',
    blame: 'infrastructure',
    message: 'another process is collecting garbage in this store',
    facts: [['process', String(holder)]],
    hints: ['wait for it, then try again'],
  };
}

/** Damaged entries named one by one. */
const MOST_NAMED = 20;

function damageDiagnostic({ checked, corrupt, repaired }: ReturnType<DirectoryStore['verify']>): Diagnostic {
  const named = corrupt.slice(0, MOST_NAMED).map(({ reason, path }) => [reason, path] as const);
  const more = corrupt.length - named.length;
  return {
    code: 'F0693',
    severity: repaired ? 'warning' : 'error',
    blame: 'infrastructure',
    message: `${corrupt.length} of ${count(checked, 'entry', 'entries')} in the store ${corrupt.length === 1 ? 'is' : 'are'} damaged${repaired ? '; removed' : ''}`,
    facts: more === 0 ? named : [...named, ['and', `${more} more`]],
    hints: [
      repaired ? 'the next build makes them again' : '`ferrule store verify --repair` removes them, and the next build makes them again',
    ],
  };
}

interface Answer {
  readonly settings: CommonSettings;
  readonly terminal: Terminal;
}

function answerDiagnostics(diagnostics: readonly Diagnostic[], { settings, terminal }: Answer): ExitStatus {
  if (settings.json) terminal.out(jsonDocument({ ok: false, diagnostics: jsonDiagnostics(diagnostics) }));
  printProblems(diagnostics, { settings, terminal });
  return failureStatus(diagnostics);
}

function printProblems(diagnostics: readonly Diagnostic[], { settings, terminal }: Answer): void {
  if (!(settings.json && settings.quiet)) terminal.err(printDiagnostics(diagnostics, { colour: terminal.colour.err }));
}
