import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Digest } from '../model/digest.ts';
import type { CheckSummary } from './checks/summary.ts';
import type { CoverageReport } from './coverage/coverage-report.ts';
import type { Development } from './development.ts';
import type { Watched } from './run-stamp.ts';

export interface BuiltTarget {
  readonly name: string;
  readonly kind: 'rust' | 'python';
  /** `bin`, `bin/rg`, `wheel`. */
  readonly output: string;
  /** Absolute path of the link at which it is found; where no links are made, that of the entry itself. */
  readonly path: string;
  /** Absolute path in the store that the link leads to. */
  readonly entry: string;
  /** Absolute paths in the store of the programs it offers by itself: what `ferrule run` chooses from. */
  readonly programs: readonly string[];
  readonly digest: Digest;
}

export interface BuildReport {
  readonly ok: boolean;
  /** Name of the run, unique in the store. */
  readonly run: string;
  readonly elapsedMs: number;
  readonly targets: readonly BuiltTarget[];
  readonly actions: ActionCounts;
  /** How each check ended, in the order planned; absent unless checks were asked for. */
  readonly checks?: readonly CheckSummary[];
  /** What tests have executed; absent: that was not asked, or a test failed. */
  readonly coverage?: CoverageReport;
  /** Everything there is to say, those already sent to the sink included. */
  /** What a shell to work in needs besides the environment; absent unless it was asked for. */
  readonly development?: Development;
  readonly diagnostics: readonly Diagnostic[];
  /** What the run depended on; absent when it failed. */
  readonly watched?: Watched;
}

export interface ActionCounts {
  readonly total: number;
  readonly executed: number;
  readonly cached: number;
  readonly failed: number;
}
