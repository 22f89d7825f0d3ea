import { type Diagnostic, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Action } from '../../model/action.ts';
import { relativeToRoot, SOURCE_ROOT, TOOLCHAIN_ROOT } from '../../rust/layout.ts';
import type { Package } from '../../rust/unit.ts';
import { BASE_ENVIRONMENT } from '../host-environment.ts';
import type { KnownPaths } from '../rust-outcome.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import type { CheckStep, CheckSurroundings, FailedCheck } from './check.ts';

export interface FormatStepOptions {
  readonly plan: WorkspacePlan;
  readonly pkg: Package;
  readonly edition: string;
  readonly paths: KnownPaths;
}

/** `rustfmt --check` over every target of a package, as `cargo fmt` calls it. Its inputs are the Rust files and rustfmt's configuration. */
export class FormatStep implements CheckStep {
  /** What it was planned to do: other engines are told of it. */
  readonly options: FormatStepOptions;

  constructor(options: FormatStepOptions) {
    this.options = options;
  }

  async action({ sources, engine }: CheckSurroundings): Promise<Result<Action>> {
    const { plan, pkg } = this.options;
    const files = sources.formattedFiles(plan, pkg);
    if (!files.ok) return files;
    return ok({
      command: { ...this.command, environment: BASE_ENVIRONMENT, outputs: [] },
      inputs: new Map([
        [relativeToRoot(TOOLCHAIN_ROOT), { kind: 'tree', digest: plan.facts.toolchain.tree }],
        [files.value.path, { kind: 'tree', digest: files.value.digest }],
      ]),
      platform: { ...sources.machine({ usesCompilers: false }), ...engine.platform },
    });
  }

  /** What is run, and where. */
  get command(): Pick<Action['command'], 'arguments' | 'workingDirectory'> {
    const { plan, pkg, edition } = this.options;
    const placed = (path: string): string => SOURCE_ROOT + path.slice(plan.facts.sourceAnchor.length);
    const roots = [...new Set(pkg.targets.map(({ sourcePath }) => placed(sourcePath)))].toSorted();
    return {
      arguments: [`${TOOLCHAIN_ROOT}/bin/rustfmt`, '--check', '--color=always', `--edition=${edition}`, ...roots],
      workingDirectory: relativeToRoot(placed(pkg.root)),
    };
  }

  explain({ stdout, stderr, hints }: FailedCheck): readonly Diagnostic[] {
    const { pkg, paths } = this.options;
    const isDifference = stdout !== '';
    return [
      {
        code: 'F1051',
        severity: 'error',
        blame: 'build',
        message: isDifference ? `\`${pkg.name}\` is not formatted` : `rustfmt cannot format \`${pkg.name}\``,
        output: paths(stdout + stderr),
        hints: [...(isDifference ? [`run \`cargo fmt -p ${pkg.name}\``] : []), ...hints],
      },
    ];
  }
}
