import { fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { CheckNode } from '../plan/checks/check.ts';
import { CommandStep } from '../plan/checks/command-step.ts';
import { DoctestStep } from '../plan/checks/doctest-step.ts';
import { FormatStep } from '../plan/checks/format-step.ts';
import type { RunAdditions } from '../plan/checks/package-run.ts';
import { ENVIRONMENT_ROOT } from '../plan/checks/sandbox-environment.ts';
import { TestStep } from '../plan/checks/test-step.ts';
import { withConfiguredVariables } from '../plan/configured-variables.ts';
import { hostEnvironment } from '../plan/host-environment.ts';
import type { RunSources } from '../plan/run-sources.ts';
import type { WorkspacePlan } from '../plan/workspace-plan.ts';
import { OUTPUT_ROOT, relativeToRoot, SOURCE_ROOT } from '../rust/layout.ts';
import { packagesFor } from '../rust/native/system-packages-table.ts';
import type { DoctestRun, TestRun } from '../rust/planned-unit.ts';
import type { Package } from '../rust/unit.ts';
import type { PythonLowering } from './lower-python.ts';
import type { RustLowering } from './lower-rust.ts';
import { notOnNix, programOfMachine } from './nix-diagnostics.ts';
import { artifactGroups, NodeDraft, Scripts } from './node-draft.ts';
import type { PackageOrigins } from './package-origins.ts';
import type { NixPlanBuilder } from './plan-builder.ts';
import type { PlacedInput, RunStep } from './plan-file.ts';

export interface CheckStepLowering {
  readonly builder: NixPlanBuilder;
  readonly sources: RunSources;
  readonly origins: PackageOrigins;
  readonly rust: (plan: WorkspacePlan) => RustLowering;
  readonly python: PythonLowering;
}

/** What is run for a check, as a derivation. F1157, F1162, and those of what it needs. */
export function lowerCheckStep(options: CheckStepLowering, { step, label }: CheckNode): Result<string> {
  if (step instanceof FormatStep) return lowerFormat(options, step, label);
  if (step instanceof TestStep) {
    const { run, additions } = step.options;
    return lowerPackageRun(options, {
      ...step.options,
      pkg: step.package,
      label,
      name: 'test',
      additions,
      arguments: step.arguments,
      needs: [run.unit],
    });
  }
  if (step instanceof DoctestStep) {
    const { run, additions } = step.options;
    const { needs, arguments: words, lastArguments } = run;
    const pkg = run.package;
    return lowerPackageRun(options, { ...step.options, pkg, label, name: 'doctest', additions, arguments: words, lastArguments, needs });
  }
  if (step instanceof CommandStep) return lowerCommand(options, step, label);
  return fail(notOnNix(label, 'it has no derivation yet'));
}

/** A step that nothing but what is run says something of. */
const NOTHING_MORE = { files: {}, scripts: [], artifacts: {}, ownScript: null, linkScripts: [], directories: [] } as const;

const NO_HOST = hostEnvironment({});

function lowerFormat(options: CheckStepLowering, step: FormatStep, label: string): Result<string> {
  const { plan, pkg } = step.options;
  const draft = new NodeDraft([]);
  const tree = packageTree(options, { plan, pkg, draft, files: options.sources.checkedFileNames(plan, pkg, 'fmt') });
  const run: RunStep = { kind: 'run', label, ...step.command, environment: {}, trees: [tree], ...NOTHING_MORE };
  return ok(enter(options, { name: `${pkg.name}-fmt`, version: pkg.version, toolchain: plan.facts.toolchain.rustcVersion, draft, run }));
}

interface PackageRunOptions {
  readonly plan: WorkspacePlan;
  readonly pkg: Package;
  readonly run: TestRun | DoctestRun;
  readonly label: string;
  readonly name: string;
  readonly additions: RunAdditions;
  readonly arguments: readonly string[];
  /** Given where build scripts have a say, and rustdoc links. */
  readonly lastArguments?: readonly string[];
  /** Units besides those whose files it names. */
  readonly needs: readonly number[];
}

/** A process that runs in a package, as cargo would start it. */
function lowerPackageRun(options: CheckStepLowering, asked: PackageRunOptions): Result<string> {
  const { plan, pkg, run, label, name, additions, lastArguments } = asked;
  const draft = new NodeDraft([]);
  const rust = options.rust(plan);
  const own = run.ownScript === undefined ? [] : [run.ownScript];
  const entered = rust.enter(draft, [...asked.needs, ...run.artifacts.map(({ unit }) => unit), ...run.linkScripts, ...own]);
  if (!entered.ok) return entered;
  if (lastArguments !== undefined) rust.addLinked(draft, run.linkScripts);
  const scripts = new Scripts(draft, (index) => rust.scriptUnit(index));
  const tree = packageTree(options, { plan, pkg, draft, files: options.sources.checkedFileNames(plan, pkg, additions) });
  const configured = plan.facts.configEnvironment;
  const step: RunStep = {
    kind: 'run',
    label,
    arguments: asked.arguments,
    ...(lastArguments === undefined ? {} : { lastArguments }),
    environment: {
      ...withConfiguredVariables({ environment: run.environment, configured, mayRead: () => true, host: NO_HOST }),
      ...additions.environment,
    },
    workingDirectory: relativeToRoot(run.workingDirectory),
    trees: [tree],
    files: {},
    artifacts: artifactGroups(run.artifacts, draft),
    ownScript: run.ownScript === undefined ? null : scripts.position(run.ownScript),
    linkScripts: run.linkScripts.map((index) => scripts.position(index)),
    scripts: scripts.references,
    directories: 'temporaryDirectory' in run ? [relativeToRoot(run.temporaryDirectory)] : [],
  };
  const toolchain = plan.facts.toolchain.rustcVersion;
  return ok(enter(options, { name: `${pkg.name}-${name}`, version: pkg.version, toolchain, draft, run: step }));
}

function packageTree(
  { builder, origins }: CheckStepLowering,
  tree: { readonly plan: WorkspacePlan; readonly pkg: Package; readonly draft: NodeDraft; readonly files: readonly string[] },
): PlacedInput {
  return sourceTree(tree.draft.source(builder.source(origins.rule(tree.pkg, tree.files))));
}

function sourceTree(source: number): PlacedInput {
  return { path: relativeToRoot(SOURCE_ROOT), from: { source }, patches: [], writable: false };
}

/** A command in an environment, or with programs that a package set has. */
function lowerCommand(options: CheckStepLowering, step: CommandStep, label: string): Result<string> {
  const { builder, sources, origins, python } = options;
  const { environment, directories, additions, name } = step.options;
  const command = step.options.command([]);
  const [program = ''] = command;
  const packages = environment === undefined ? programPackages(program) : [];
  if (packages === undefined) return fail(programOfMachine(label, program));
  const draft = new NodeDraft([]);
  for (const needed of packages) draft.system.add(needed);
  const composed = environment === undefined ? undefined : python.environment({ ...environment, name, label: `${name} (editable)` });
  if (composed?.ok === false) return composed;
  const others = environment === undefined ? ok([]) : python.editableProjects(environment.parts);
  if (!others.ok) return others;
  const own = origins.directoriesRule(directories, step.fileNames(sources.memory, []));
  const rules = [own, ...others.value.filter(({ directory }) => !directories.includes(directory)).map(({ rule }) => rule)];
  const version = environment?.parts.find(({ origin }) => environment.projects.includes(origin.name))?.origin.version;
  const run: RunStep = {
    kind: 'run',
    label,
    arguments: command,
    environment: { ...step.variables, ...(composed === undefined ? {} : { FERRULE_ROOT: SOURCE_ROOT }), ...additions.environment },
    workingDirectory: step.workingDirectory,
    trees: rules.map((rule) => sourceTree(draft.source(builder.source(rule)))),
    ...NOTHING_MORE,
    directories: [relativeToRoot(OUTPUT_ROOT)],
    ...(composed === undefined
      ? {}
      : { places: { [relativeToRoot(ENVIRONMENT_ROOT)]: draft.output(composed.value) }, path: [`${ENVIRONMENT_ROOT}/bin`] }),
  };
  const node = label.replace(/^(.*) \((.*)\)$/, '$1-$2');
  return ok(enter(options, { name: node, version: version ?? '0', toolchain: null, draft, run }));
}

/** What nixpkgs calls the packages that bring a program; `undefined`: there are none that anybody knows. */
function programPackages(program: string): readonly string[] | undefined {
  if (program.startsWith('/')) return undefined;
  if (program.includes('/') || ALWAYS_THERE.has(program)) return [];
  const { nixpkgs } = packagesFor('tool', program) ?? { nixpkgs: undefined };
  return nixpkgs === undefined ? undefined : [nixpkgs];
}

/** Programs of the package set's `tools` that somebody would begin a command with. */
const ALWAYS_THERE = new Set('sh bash env test grep sed awk find xargs make tar diff cmp cat ls sort'.split(' '));

function enter(
  { builder }: CheckStepLowering,
  made: {
    readonly name: string;
    readonly version: string;
    readonly toolchain: string | null;
    readonly draft: NodeDraft;
    readonly run: RunStep;
  },
): string {
  const { name, version, toolchain, draft, run } = made;
  const { needs, sources, system } = draft;
  return builder.node({
    label: run.label,
    name,
    version,
    toolchain,
    needs,
    fetches: [],
    sources,
    system: [...system].toSorted(),
    steps: [run],
  });
}
