import { normalize, relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Action } from '../../model/action.ts';
import { memberName } from '../../repository/member-name.ts';
import type { InputEntry } from '../../model/tree.ts';
import { BUILD_ROOT, OUTPUT_ROOT, PROFILE_ROOT, relativeToRoot } from '../../rust/layout.ts';
import type { ArtifactInput } from '../../rust/planned-unit.ts';
import type { Package } from '../../rust/unit.ts';
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

/** What of one workspace a check runs that counts what is executed. */
export interface CountingRun {
  readonly plan: WorkspacePlan;
  /** Programs and libraries, those without counters among them. */
  readonly artifacts: readonly ArtifactInput[];
  /** Whose lines are reported. */
  readonly packages: readonly Package[];
}

/** Profiles of all test programs stand below it, a directory for each. */
const PROFILES = '/build/profiles';

/** Merges the profiles of a directory, the third argument if there is any, and prints the tracefile of the programs behind the fourth. */
const REPORT = `profdata=$1; cov=$2; profiles=$3; merged=$4; shift 4
if [ -n "$profiles" ]; then "$profdata" merge --sparse "$profiles" -o "$merged" || exit; set -- --instr-profile="$merged" "$@"
else set -- --empty-profile "$@"; fi
exec "$cov" export --format=lcov "$@"`;

/** The check that turns the profiles of a workspace's programs or modules into one tracefile, which it prints. */
export function rustCoverageNode(options: {
  readonly plan: WorkspacePlan;
  /** Checks that run what the plan makes. */
  readonly tests: readonly CheckNode[];
  readonly tools: LlvmTools;
}): CheckNode {
  const { plan, tests } = options;
  const name = isOfTests(plan) ? memberName({ path: plan.member, directory: plan.facts.workspaceRoot }) : moduleName(plan);
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
      packages: measuredPackages(plan, tests),
    },
  };
}

/** And not of an extension module, which a project's tests need not even load. */
function isOfTests({ tests }: WorkspacePlan): boolean {
  return tests.length > 0;
}

function moduleName({ units, roots, member }: WorkspacePlan): string {
  return units[roots[0] ?? -1]?.unit.package.name ?? member;
}

/** Tests, examples and benchmarks of a workspace are no part of what is measured (cargo-llvm-cov leaves them out too). */
const NOT_MEASURED = /(?:^|\/)(?:tests|examples|benches)\//;

/** Sources of the packages that are tested, and of no others that they use. */
function placedSource(plan: WorkspacePlan, tests: readonly CheckNode[]): (source: string) => string | undefined {
  const { facts } = plan;
  const known = knownPaths(facts);
  const tested = new Set(measuredPackages(plan, tests).map(({ directory }) => directory));
  const members = [...new Set(plan.units.map(({ unit }) => unit.package))].filter((pkg) => pkg.isWorkspaceMember);
  const directories = members.map(({ root }) => ({ directory: root }));
  return (source) => {
    const path = normalize(known(source));
    if (!isWithin(path, facts.sourceAnchor) || NOT_MEASURED.test(relative(facts.workspaceRoot, path))) return undefined;
    const owner = ownerOf(path, directories);
    return owner !== undefined && tested.has(owner.directory) ? path : undefined;
  };
}

function countingRuns(plan: WorkspacePlan, tests: readonly CheckNode[]): readonly CountingRun[] {
  return tests.flatMap(({ counting = [] }) => counting.filter((run) => run.plan === plan));
}

function measuredPackages(plan: WorkspacePlan, tests: readonly CheckNode[]): readonly MeasuredPackage[] {
  const packages = countingRuns(plan, tests).flatMap((run) => run.packages);
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
    if (profiles.length === 0 && isOfTests(plan)) return fail(noProfiles(name));
    const inputs = new Map<string, InputEntry>(tools.inputs);
    for (const [index, digest] of profiles.entries()) inputs.set(relativeToRoot(`${PROFILES}/${index}`), { kind: 'tree', digest });
    for (const { unit, file, path } of objects) {
      inputs.set(relativeToRoot(path), { kind: 'file', ...around.artifact({ workspace: plan, unit }, file) });
    }
    const merged = `${OUTPUT_ROOT}/coverage.profdata`;
    const [first, ...others] = objects.map(({ path }) => path);
    const script = ['/bin/sh', '-c', REPORT, 'sh', tools.profdata, tools.cov, profiles.length === 0 ? '' : PROFILES, merged];
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
  const all = countingRuns(plan, tests).flatMap(({ artifacts }) => artifacts);
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
