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
  readonly #options: FormatStepOptions;

  constructor(options: FormatStepOptions) {
    this.#options = options;
  }

  async action({ sources, engine }: CheckSurroundings): Promise<Result<Action>> {
    const { plan, pkg, edition } = this.#options;
    const { sourceAnchor, toolchain } = plan.facts;
    const files = sources.formattedFiles(plan, pkg);
    if (!files.ok) return files;
    const roots = [...new Set(pkg.targets.map(({ sourcePath }) => SOURCE_ROOT + sourcePath.slice(sourceAnchor.length)))].toSorted();
    return ok({
      command: {
        arguments: [`${TOOLCHAIN_ROOT}/bin/rustfmt`, '--check', '--color=always', `--edition=${edition}`, ...roots],
        environment: BASE_ENVIRONMENT,
        workingDirectory: relativeToRoot(SOURCE_ROOT + pkg.root.slice(sourceAnchor.length)),
        outputs: [],
      },
      inputs: new Map([
        [relativeToRoot(TOOLCHAIN_ROOT), { kind: 'tree', digest: toolchain.tree }],
        [files.value.path, { kind: 'tree', digest: files.value.digest }],
      ]),
      platform: { ...sources.machine({ usesCompilers: false }), ...engine.platform },
    });
  }

  explain({ stdout, stderr, hints }: FailedCheck): readonly Diagnostic[] {
    const { pkg, paths } = this.#options;
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
