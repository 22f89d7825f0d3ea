import { TOOLCHAIN_ROOT } from '../layout.ts';
import type { ArtifactInput, TestRun } from '../planned-unit.ts';
import { entryOf, type PlanContext } from './plan-context.ts';
import { COUNTED, packageEnvironment, programEnvironment } from './rustc-environment.ts';
import {
  dependencyDirectory,
  dynamicLibraryPath,
  dynamicLibraryVariable,
  platformFacts,
  profileDirectory,
  temporaryDirectory,
} from './target-directories.ts';
import type { LinkScripts } from './link-scripts.ts';
import { isExample, isTestTarget } from './unit-traits.ts';
import type { Unit } from '../unit.ts';

/**
 * Runs of every test program among the roots, each as `cargo test` starts it: cargo's working directory and environment, and the package's
 * programs and dynamic libraries where they are looked for (cargo `src/ops/cargo_test.rs`, `src/compiler/compilation.rs`, `fill_env`).
 */
export function testRuns(options: {
  readonly context: PlanContext;
  readonly roots: readonly number[];
  readonly scripts: readonly LinkScripts[];
  readonly artifacts: readonly (readonly ArtifactInput[])[];
}): readonly TestRun[] {
  const { context, roots, scripts, artifacts } = options;
  const units = roots.map((root) => entryOf(context.units, root)).filter((unit) => unit.mode === 'test');
  return units.map((unit) => planRun({ context, unit, scripts: entryOf(scripts, unit.index), artifacts: entryOf(artifacts, unit.index) }));
}

function planRun(options: {
  readonly context: PlanContext;
  readonly unit: Unit;
  readonly scripts: LinkScripts;
  readonly artifacts: readonly ArtifactInput[];
}): TestRun {
  const { context, unit, scripts, artifacts } = options;
  const { facts } = context;
  const { runner, triple } = platformFacts(facts, unit);
  const directory = profileDirectory(facts, unit.platform);
  const deps = dependencyDirectory(facts, unit.platform);
  const file = entryOf(context.outputs, unit.index).find(({ kind }) => kind === 'executable')?.name;
  if (file === undefined) throw new Error(`internal: the tests of \`${unit.package.name}\` are no program`);
  const program = { unit: unit.index, file, path: `${isExample(unit.target) ? `${directory}/examples` : deps}/${file}` };
  const variable = dynamicLibraryVariable(facts.toolchain.host);
  return {
    unit: unit.index,
    program,
    arguments: [...(runner ?? []).map((word) => context.places.translate(word)), program.path],
    environment: {
      ...packageEnvironment(context, unit.package),
      ...(isTestTarget(unit.target) ? programEnvironment(context, unit) : {}),
      ...(facts.coverage === undefined ? {} : COUNTED),
      [variable]: dynamicLibraryPath(facts.toolchain.host, [directory, deps, `${TOOLCHAIN_ROOT}/lib/rustlib/${triple}/lib`]),
    },
    workingDirectory: context.places.root(unit.package),
    artifacts: [program, ...ownPrograms(context, unit, directory), ...artifacts.filter((input) => isDynamic(context, input))],
    ownScript: scripts.link.find((index) => entryOf(context.units, index).package.id === unit.package.id),
    linkScripts: scripts.link,
    temporaryDirectory: temporaryDirectory(unit.platform),
  };
}

/** Programs that an integration test depends on, where cargo uplifts them to. */
function ownPrograms(context: PlanContext, unit: Unit, directory: string): readonly ArtifactInput[] {
  return unit.dependencies.flatMap(({ index }) =>
    entryOf(context.outputs, index).flatMap(({ kind, name, uplifted }) =>
      kind === 'executable' && uplifted !== undefined ? [{ unit: index, file: name, path: `${directory}/${uplifted}` }] : [],
    ),
  );
}

function isDynamic(context: PlanContext, input: ArtifactInput): boolean {
  return entryOf(context.outputs, input.unit).some(({ kind, name }) => kind === 'dylib' && name === input.file);
}
