import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { positionOf } from '../diagnostics/position.ts';
import { sortDiagnostics } from '../diagnostics/sort.ts';
import { formatDigest } from '../model/digest.ts';
import type { BuildReport } from '../plan/build-report.ts';
import type { CheckSummary } from '../plan/checks/summary.ts';
import type { CoverageReport } from '../plan/coverage/coverage-report.ts';
import type { LineCount } from '../plan/coverage/lcov.ts';

/** The one document of `--json`, ending in a line end. Keys and their meaning are a contract: `docs/command-line.md`. */
export function jsonReport(report: BuildReport): string {
  return jsonDocument({
    ok: report.ok,
    run: report.run,
    elapsed_ms: Math.round(report.elapsedMs),
    targets: report.targets.map(({ name, kind, output, path, digest }) => ({ name, kind, output, path, digest: formatDigest(digest) })),
    ...(report.checks === undefined ? {} : { checks: report.checks.map(jsonCheck) }),
    ...(report.coverage === undefined ? {} : { coverage: jsonCoverage(report.coverage) }),
    actions: report.actions,
    diagnostics: jsonDiagnostics(report.diagnostics),
  });
}

function jsonCheck({ subject, check, status, reason, cached, elapsedMs, tests }: CheckSummary): object {
  return {
    subject,
    check,
    status,
    ...(reason === undefined ? {} : { reason }),
    cached,
    elapsed_ms: Math.round(elapsedMs),
    ...(tests === undefined ? {} : { tests }),
  };
}

function jsonCoverage({ lines, packages }: CoverageReport): object {
  return { lines: jsonLines(lines), packages: packages.map((one) => ({ ...one, lines: jsonLines(one.lines) })) };
}

function jsonLines({ total, covered }: LineCount): object {
  return { total, covered, percent: total === 0 ? null : Math.floor((covered / total) * 10_000) / 100 };
}

/** The document of a command that failed before it had anything to report. */
export function jsonFailure(diagnostics: readonly Diagnostic[]): string {
  const actions = { total: 0, executed: 0, cached: 0, failed: 0 };
  return jsonReport({ ok: false, run: '', elapsedMs: 0, targets: [], actions, diagnostics });
}

export function jsonDocument(document: unknown): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

export function jsonDiagnostics(diagnostics: readonly Diagnostic[]): readonly object[] {
  return sortDiagnostics(diagnostics).map(({ code, severity, blame, message, span, related, facts, hints, output }) => ({
    code,
    severity,
    blame,
    message,
    ...(span === undefined ? {} : { span: jsonSpan(span) }),
    ...(related === undefined ? {} : { related: related.map((place) => ({ message: place.message, span: jsonSpan(place.span) })) }),
    ...(facts === undefined ? {} : { facts: facts.map(([label, value]) => ({ label, value })) }),
    ...(hints === undefined ? {} : { hints }),
    ...(output === undefined ? {} : { output }),
  }));
}

function jsonSpan(span: NonNullable<Diagnostic['span']>): object {
  const { line, column, endLine, endColumn } = positionOf(span);
  return { file: span.file, line, column, end_line: endLine, end_column: endColumn };
}
