import type { Diagnostic, Result } from '../../diagnostics/diagnostic.ts';
import type { Action } from '../../model/action.ts';
import type { DoctestRun } from '../../rust/planned-unit.ts';
import { doctestArguments } from '../../rust/script/doctest-arguments.ts';
import { exitWords } from '../exit-words.ts';
import type { KnownPaths } from '../rust-outcome.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import type { CheckStep, CheckSurroundings, FailedCheck } from './check.ts';
import { failedTests, shownTestOutput } from './libtest-output.ts';
import { packageRun, type RunAdditions } from './package-run.ts';
import { packageConfinement } from './package-confinement.ts';

export interface DoctestStepOptions {
  readonly plan: WorkspacePlan;
  readonly run: DoctestRun;
  readonly additions: RunAdditions;
  readonly paths: KnownPaths;
}

/** A library's documentation tests: `rustdoc` compiles and runs them. */
export class DoctestStep implements CheckStep {
  /** What it was planned to do: other engines are told of it. */
  readonly options: DoctestStepOptions;

  constructor(options: DoctestStepOptions) {
    this.options = options;
  }

  async action(around: CheckSurroundings): Promise<Result<Action>> {
    const { plan, run, additions } = this.options;
    return await packageRun({
      around,
      plan,
      pkg: run.package,
      run,
      additions,
      arguments: ({ own, linked }) => doctestArguments(run, { own: own?.output, linked: linked.map(({ output }) => output) }),
      outputs: [],
      links: true,
    });
  }

  explain(failed: FailedCheck): readonly Diagnostic[] {
    const { plan, run, paths } = this.options;
    const { stdout, stderr, result } = failed;
    const { length } = failedTests(stdout);
    return [
      {
        code: 'F1052',
        severity: 'error',
        blame: 'build',
        message: `documentation tests of \`${run.package.name}\` failed${length === 0 ? ` (${exitWords(result.exitCode)})` : `: ${length}`}`,
        output: paths(shownTestOutput(stdout) + stderr),
        ...(failed.hints.length === 0 ? {} : { hints: failed.hints }),
      },
      ...packageConfinement(failed, { plan, pkg: run.package, paths }),
    ];
  }
}
