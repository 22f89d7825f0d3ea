import { type Diagnostic, fail, type Result } from '../../diagnostics/diagnostic.ts';
import type { Action } from '../../model/action.ts';
import { PROFILE_ROOT, relativeToRoot } from '../../rust/layout.ts';
import type { TestRun } from '../../rust/planned-unit.ts';
import type { Package } from '../../rust/unit.ts';
import { exitWords } from '../exit-words.ts';
import type { KnownPaths } from '../rust-outcome.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import type { CheckStep, CheckSurroundings, FailedCheck } from './check.ts';
import { failedTests, shownTestOutput } from './libtest-output.ts';
import { packageRun, type RunAdditions, writableDirectory } from './package-run.ts';
import { NEXTEST_NEEDS_SANDBOX, nextestCommand } from './nextest.ts';
import { packageConfinement } from './package-confinement.ts';
import { failedCases, testReport, withoutReport } from './test-report.ts';
import type { FoundTool } from './tools.ts';

export interface TestStepOptions {
  readonly plan: WorkspacePlan;
  readonly run: TestRun;
  /** `core v0.1.0 (lib test)` */
  readonly label: string;
  readonly additions: RunAdditions;
  /** Words for the test program: what follows `--` of `cargo test`. */
  readonly words: readonly string[];
  readonly paths: KnownPaths;
  /** Runs it; `undefined`: its own harness does. */
  readonly nextest: FoundTool | undefined;
}

/** A test program of a package, run as `cargo test` or `cargo nextest run` would. */
export class TestStep implements CheckStep {
  /** What it was planned to do: other engines are told of it. */
  readonly options: TestStepOptions;

  constructor(options: TestStepOptions) {
    this.options = options;
  }

  async action(around: CheckSurroundings): Promise<Result<Action>> {
    const { plan, run, additions, words, nextest } = this.options;
    const hasSandbox = around.engine.platform['root'] === undefined;
    if (plan.facts.coverage !== undefined && !hasSandbox) return fail(COVERAGE_NEEDS_SANDBOX);
    if (nextest !== undefined && !hasSandbox) return fail(NEXTEST_NEEDS_SANDBOX);
    const pkg = this.package;
    const { store } = around;
    const driven = nextest === undefined ? undefined : nextestCommand({ plan, pkg, run, nextest, words, additions, store });
    return await packageRun({
      around,
      plan,
      pkg,
      run,
      additions: driven?.additions ?? additions,
      arguments: () => driven?.arguments ?? this.arguments,
      ...(driven === undefined ? {} : { inputs: driven.inputs }),
      outputs: [writableDirectory(run.temporaryDirectory), ...(plan.facts.coverage === undefined ? [] : [relativeToRoot(PROFILE_ROOT)])],
      links: false,
    });
  }

  /** The program and its words. */
  get arguments(): readonly string[] {
    const { run, words } = this.options;
    return [...run.arguments, ...words];
  }

  get package(): Package {
    const { plan, run } = this.options;
    const unit = plan.units[run.unit];
    if (unit === undefined) throw new Error(`internal: there is no unit ${run.unit}`);
    return unit.unit.package;
  }

  explain(failed: FailedCheck): readonly Diagnostic[] {
    const { plan, label, paths, nextest } = this.options;
    const { stdout, result } = failed;
    const report = nextest === undefined ? undefined : testReport(failed.stderr);
    const stderr = report === undefined ? failed.stderr : withoutReport(failed.stderr);
    const names = report === undefined ? failedTests(stdout) : failedCases(report);
    const [first = ''] = names;
    const what = names.length === 1 ? `: \`${first}\` failed` : `: ${names.length} tests failed`;
    return [
      {
        code: 'F1050',
        severity: 'error',
        blame: 'build',
        message: names.length === 0 ? `${label} failed (${exitWords(result.exitCode)})` : `${label}${what}`,
        output: paths(shownTestOutput(stdout) + stderr),
        ...(failed.hints.length === 0 ? {} : { hints: failed.hints }),
      },
      ...packageConfinement(failed, { plan, pkg: this.package, paths }),
    ];
  }
}

/** Sources of units that were compiled without one have no common place. */
const COVERAGE_NEEDS_SANDBOX: Diagnostic = {
  code: 'F1071',
  severity: 'error',
  blame: 'infrastructure',
  message: 'coverage of Rust tests needs a sandbox',
  hints: ['install bubblewrap, or leave `--coverage` out'],
};
