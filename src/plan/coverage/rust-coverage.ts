import { basename, normalize, relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Action } from '../../model/action.ts';
import type { InputEntry } from '../../model/tree.ts';
import { BUILD_ROOT, OUTPUT_ROOT, PROFILE_ROOT, relativeToRoot } from '../../rust/layout.ts';
import type { ArtifactInput, TestRun } from '../../rust/planned-unit.ts';
import { isInstrumented } from '../../rust/units/unit-traits.ts';
import type { CheckNode, CheckStep, CheckSurroundings, FailedCheck } from '../checks/check.ts';
import { isWithin } from '../../source/path-within.ts';
import { exitWords } from '../exit-words.ts';
import { BASE_ENVIRONMENT } from '../host-environment.ts';
import { knownPaths } from '../known-paths.ts';
import type { NeededUnit } from '../python/step.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import { type MeasuredPackage, ownerOf } from './coverage-report.ts';
import type { LlvmTools } from './llvm-tools.ts';

/** A test program with counters, and those it starts or loads. */
export interface CountingRun {
  readonly plan: WorkspacePlan;
  readonly run: TestRun;
}

/** Profiles of all test programs stand below it, a directory for each. */
const PROFILES = '/build/profiles';

/** Merges the profiles of a directory, the third argument, and prints the tracefile of the programs that follow the fourth. */
const REPORT = `"$1" merge --sparse "$3" -o "$4" || exit; cov=$2; merged=$4; shift 4
exec "$cov" export --format=lcov --instr-profile="$merged" "$@"`;

/** The check that turns the profiles of a workspace's test programs into one tracefile, which it prints. */
export function rustCoverageNode(options: {
  readonly plan: WorkspacePlan;
  /** Checks of the plan's test programs. */
  readonly tests: readonly CheckNode[];
  readonly tools: LlvmTools;
}): CheckNode {
  const { plan, tests } = options;
  const name = basename(plan.facts.workspaceRoot);
  const objects = countingObjects(plan, tests);
  const units = [...new Set(objects.map(({ unit }) => unit))].map((unit): NeededUnit => ({ workspace: plan, unit }));
  return {
    label: `coverage of ${name}`,
    verb: 'measure',
    units,
    needs: [],
    after: tests,
    step: new RustCoverageStep({ ...options, objects, name }),
    tracefile: {
      read: (result, store) => store.readBlob(result.stdout)?.toString('utf8'),
      placed: placedSource(plan, tests),
      packages: measuredPackages(tests),
    },
  };
}

/** Tests, examples and benchmarks of a workspace are no part of what is measured (cargo-llvm-cov leaves them out too). */
const NOT_MEASURED = /(?:^|\/)(?:tests|examples|benches)\//;

/** Sources of the packages that are tested, and of no others that they use. */
function placedSource(plan: WorkspacePlan, tests: readonly CheckNode[]): (source: string) => string | undefined {
  const { facts } = plan;
  const known = knownPaths(facts);
  const tested = new Set(measuredPackages(tests).map(({ directory }) => directory));
  const members = [...new Set(plan.units.map(({ unit }) => unit.package))].filter((pkg) => pkg.isWorkspaceMember);
  const directories = members.map(({ root }) => ({ directory: root }));
  return (source) => {
    const path = normalize(known(source));
    if (!isWithin(path, facts.sourceAnchor) || NOT_MEASURED.test(relative(facts.workspaceRoot, path))) return undefined;
    const owner = ownerOf(path, directories);
    return owner !== undefined && tested.has(owner.directory) ? path : undefined;
  };
}

function measuredPackages(tests: readonly CheckNode[]): readonly MeasuredPackage[] {
  const packages = tests.flatMap(({ counting }) => counting?.plan.units[counting.run.unit]?.unit.package ?? []);
  return [...new Set(packages)].map(({ name, root }) => ({ name, language: 'rust', directory: root }));
}

interface RustCoverageOptions {
  readonly plan: WorkspacePlan;
  readonly name: string;
  readonly tests: readonly CheckNode[];
  readonly objects: readonly ArtifactInput[];
  readonly tools: LlvmTools;
}

class RustCoverageStep implements CheckStep {
  readonly #options: RustCoverageOptions;

  constructor(options: RustCoverageOptions) {
    this.#options = options;
  }

  async action(around: CheckSurroundings): Promise<Result<Action>> {
    const { plan, name, tests, objects, tools } = this.#options;
    const { engine, sources } = around;
    const profiles = tests.flatMap((test) => around.outputOf(test, relativeToRoot(PROFILE_ROOT)) ?? []);
    if (profiles.length === 0) return fail(noProfiles(name));
    const inputs = new Map<string, InputEntry>(tools.inputs);
    for (const [index, digest] of profiles.entries()) inputs.set(relativeToRoot(`${PROFILES}/${index}`), { kind: 'tree', digest });
    for (const { unit, file, path } of objects) {
      inputs.set(relativeToRoot(path), { kind: 'file', ...around.artifact({ workspace: plan, unit }, file) });
    }
    const merged = `${OUTPUT_ROOT}/coverage.profdata`;
    const [first, ...others] = objects.map(({ path }) => path);
    const script = ['/bin/sh', '-c', REPORT, 'sh', tools.profdata, tools.cov, PROFILES, merged];
    const programs = first === undefined ? [] : [first, ...others.map((path) => `--object=${path}`)];
    return ok({
      command: {
        arguments: [...script, ...programs],
        environment: BASE_ENVIRONMENT,
        workingDirectory: relativeToRoot(BUILD_ROOT),
        outputs: [relativeToRoot(merged)],
      },
      inputs,
      platform: {
        ...sources.machine({ usesCompilers: false }),
        ...engine.platform,
        ...(tools.version === undefined ? {} : { llvm: tools.version }),
      },
    });
  }

  explain({ result, stdout, stderr, hints }: FailedCheck): readonly Diagnostic[] {
    return [
      {
        code: 'F1073',
        severity: 'error',
        blame: 'infrastructure',
        message: `LLVM's tools could not report the coverage of \`${this.#options.name}\` (${exitWords(result.exitCode)})`,
        output: stderr + stdout,
        ...(hints.length === 0 ? {} : { hints }),
      },
    ];
  }
}

/** Programs and libraries with counters that the tests are, start and load; each once. */
function countingObjects(plan: WorkspacePlan, tests: readonly CheckNode[]): readonly ArtifactInput[] {
  const all = tests.flatMap(({ counting }) => counting?.run.artifacts ?? []);
  const counting = all.filter(({ unit }) => {
    const planned = plan.units[unit];
    return planned !== undefined && isInstrumented(planned.unit, plan.facts);
  });
  return [...new Map(counting.map((artifact) => [artifact.path, artifact])).values()];
}

function noProfiles(name: string): Diagnostic {
  return {
    code: 'F1074',
    severity: 'error',
    blame: 'build',
    message: `no test program of \`${name}\` has written a profile`,
    hints: ['a program writes it when it ends: one that kills itself, or runs elsewhere by a `runner`, has none'],
  };
}
