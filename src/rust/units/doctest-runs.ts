import { TOOLCHAIN_ROOT } from '../layout.ts';
import type { ArtifactInput, DoctestRun } from '../planned-unit.ts';
import { ltoArguments } from './lto.ts';
import { entryOf, type PlanContext } from './plan-context.ts';
import { checkCfgArguments, externArguments, searchArguments } from './rustc-arguments.ts';
import { packageEnvironment, uncounted } from './rustc-environment.ts';
import { dependencyDirectory, dynamicLibraryPath, dynamicLibraryVariable, platformFacts } from './target-directories.ts';
import type { LinkScripts } from './link-scripts.ts';
import { crateName } from './unit-traits.ts';
import { unitLabel } from './unit-label.ts';
import type { Unit } from '../unit.ts';

/** The runs of `rustdoc --test` for a selection's doctest units, in cargo's words (cargo `src/ops/cargo_test.rs`, `run_doc_tests`). */
export function doctestRuns(options: {
  /** With the doctest units behind all others. */
  readonly context: PlanContext;
  readonly scripts: readonly LinkScripts[];
  readonly artifacts: readonly (readonly ArtifactInput[])[];
}): readonly DoctestRun[] {
  const { context, scripts, artifacts } = options;
  const units = context.units.filter(({ mode }) => mode === 'doctest');
  return units.map((unit) => {
    const { facts, places } = context;
    const { argument, workingDirectory } = places.source(unit);
    const { host } = facts.toolchain;
    const { link } = entryOf(scripts, unit.index);
    return {
      package: unit.package,
      label: `${unitLabel(unit)} (doctests)`,
      arguments: [
        `${TOOLCHAIN_ROOT}/bin/rustdoc`,
        `--edition=${unit.target.edition}`,
        ...unit.target.crateTypes.flatMap((type) => ['--crate-type', type]),
        '--color',
        'always',
        '--crate-name',
        crateName(unit.target),
        '--test',
        argument,
        '--test-run-directory',
        places.root(unit.package),
        ...platformArguments(context, unit),
      ],
      lastArguments: [
        ...unit.package.lintFlags,
        ...externArguments(context, unit),
        ...searchArguments(context, unit),
        ...ltoArguments(entryOf(context.lto, unit.index)),
        ...unit.features.flatMap((feature) => ['--cfg', `feature="${feature}"`]),
        ...checkCfgArguments(unit.package),
      ],
      environment: {
        ...packageEnvironment(context, unit.package),
        ...uncounted(context, unit.package),
        [dynamicLibraryVariable(host)]: dynamicLibraryPath(host, [dependencyDirectory(facts, null)]),
        CARGO_CRATE_NAME: crateName(unit.target),
      },
      workingDirectory,
      artifacts: entryOf(artifacts, unit.index),
      ownScript: link.find((index) => entryOf(context.units, index).package.id === unit.package.id),
      linkScripts: link,
      needs: unit.dependencies.map(({ index }) => index),
    };
  });
}

function platformArguments(context: PlanContext, unit: Unit): readonly string[] {
  const { linker, runner } = platformFacts(context.facts, unit);
  const [program, ...words] = (runner ?? []).map((word) => context.places.translate(word));
  return [
    ...(unit.platform === null ? [] : ['--target', unit.platform]),
    ...(program === undefined ? [] : ['--test-runtool', program, ...words.flatMap((word) => ['--test-runtool-arg', word])]),
    ...(linker === undefined ? [] : ['-C', `linker=${context.places.translate(linker)}`]),
    ...(unit.profile.panic === 'unwind' ? [] : ['-C', `panic=${unit.profile.panic}`]),
  ];
}
