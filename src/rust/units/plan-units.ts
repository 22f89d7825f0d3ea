import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { artifactInputs } from './artifacts.ts';
import type { RustFacts } from '../facts.ts';
import { outputFiles } from './file-names.ts';
import { type LinkScripts, dependencyScripts, linkScripts, ownScript } from './link-scripts.ts';
import { doctestRuns } from './doctest-runs.ts';
import { type LtoMode, ltoModes } from './lto.ts';
import { packagePlaces } from './package-place.ts';
import { entryOf, type PlanContext } from './plan-context.ts';
import type { ArtifactInput, CompileUnit, DoctestRun, PlannedUnit, ScriptRunUnit, TestRun, UnitFile } from '../planned-unit.ts';
import { rustcArguments } from './rustc-arguments.ts';
import { outDirectory, rustcEnvironment } from './rustc-environment.ts';
import { scriptVariables } from './script-variables.ts';
import { settingsReaders } from './settings-readers.ts';
import { platformFacts, scriptDirectory } from './target-directories.ts';
import { isCustomBuild, runsLinker } from './unit-traits.ts';
import { testRuns } from './test-runs.ts';
import { unitHashes } from './unit-hashes.ts';
import { unitLabel } from './unit-label.ts';
import type { Unit, UnitGraph } from '../unit.ts';
import type { UnitSettings } from '../unit-settings.ts';
import { unsupportedUnits } from './unsupported-units.ts';

/** One selection of one workspace, ready to be lowered to actions. Plain data. */
export interface RustPlan {
  /** `units[i].index` is `i`. */
  readonly units: readonly PlannedUnit[];
  /** What was selected, in cargo's order; doctests, for which nothing is built, apart. */
  readonly roots: readonly number[];
  /** The test programs among the roots. */
  readonly tests: readonly TestRun[];
  readonly doctests: readonly DoctestRun[];
}

/**
 * Plans every unit of a selection as cargo would run it, in the sandbox's paths. Pure: the same facts give the same plan.
 * Errors: F0240 and F0241, for what no build of ours could do as asked.
 * Each of the `settings` is for those of its build scripts that can read it.
 */
export function planUnits(facts: RustFacts, settings: readonly UnitSettings[] = []): Result<RustPlan> {
  const unsupported = unsupportedUnits(facts);
  if (unsupported.length > 0) return fail(...unsupported);
  const { graph, lto, doctests, doctestLto } = withoutDoctests(facts.graph, ltoModes(facts.graph));
  const { units } = graph;
  const places = packagePlaces(facts);
  const hashes = unitHashes({ facts, units, lto, places });
  const outputs: (readonly UnitFile[])[] = [];
  const problems: Diagnostic[] = [];
  for (const unit of units) {
    const files = filesOf(facts, unit, entryOf(hashes, unit.index).unitId);
    outputs.push(files.ok ? files.value : []);
    if (!files.ok) problems.push(...files.diagnostics);
  }
  if (problems.length > 0) return fail(...problems);
  const primaryPackages = new Set(graph.roots.map((root) => entryOf(units, root).package.id));
  const context: PlanContext = { facts, units, places, lto, hashes, outputs, primaryPackages };
  const whole: PlanContext = {
    ...context,
    units: [...units, ...doctests],
    lto: [...lto, ...doctestLto],
    outputs: [...outputs, ...doctests.map(() => [])],
  };
  const scripts = linkScripts(whole.units);
  const artifacts = artifactInputs(whole);
  const readers = settings.map((setting) => ({ setting, units: settingsReaders(units, setting) }));
  const planned = units.map((unit) =>
    unit.mode === 'run-custom-build'
      ? withSettings(
          planScriptRun(context, unit, entryOf(scripts, unit.index)),
          readers.flatMap((reader) => (reader.units.has(unit.index) ? [reader.setting] : [])),
        )
      : planCompile({ context, unit, scripts: entryOf(scripts, unit.index), artifacts: entryOf(artifacts, unit.index) }),
  );
  return ok({
    units: planned,
    roots: graph.roots,
    tests: testRuns({ context, roots: graph.roots, scripts, artifacts }),
    doctests: doctestRuns({ context: whole, scripts, artifacts }),
  });
}

function filesOf(facts: RustFacts, unit: Unit, unitId: string): Result<readonly UnitFile[]> {
  if (unit.mode === 'run-custom-build') return ok([]);
  return outputFiles({ unit, unitId, platform: platformFacts(facts, unit) });
}

function planCompile(options: {
  readonly context: PlanContext;
  readonly unit: Unit;
  readonly scripts: LinkScripts;
  readonly artifacts: readonly ArtifactInput[];
}): CompileUnit {
  const { context, unit, scripts, artifacts } = options;
  let environment: CompileUnit['environment'] | undefined;
  let words: readonly string[] | undefined;
  return {
    kind: 'compile',
    index: unit.index,
    unit,
    label: unitLabel(unit),
    ...entryOf(context.hashes, unit.index),
    workingDirectory: context.places.source(unit).workingDirectory,
    // Worked out when asked for: of a workspace that was built before, few units are.
    get environment() {
      environment ??= rustcEnvironment(context, unit);
      return environment;
    },
    get arguments() {
      words ??= rustcArguments(context, unit);
      return words;
    },
    outputs: entryOf(context.outputs, unit.index),
    artifacts,
    ownScript: ownScript(context.units, unit),
    linkScripts: scripts.link,
    pluginScripts: scripts.plugins,
    links: runsLinker(unit),
    showWarnings: unit.package.source.kind === 'path',
  };
}

function planScriptRun(context: PlanContext, unit: Unit, scripts: LinkScripts): ScriptRunUnit {
  const { links } = unit.package;
  const lines = links === undefined ? undefined : platformFacts(context.facts, unit).linksOverrides[links];
  let environment: ScriptRunUnit['environment'] | undefined;
  return {
    kind: 'run-script',
    index: unit.index,
    unit,
    label: unitLabel(unit),
    ...entryOf(context.hashes, unit.index),
    workingDirectory: context.places.root(unit.package),
    get environment() {
      environment ??= scriptVariables(context, unit);
      return environment;
    },
    script: lines === undefined ? compiledScript(context, unit) : undefined,
    outDirectory: outDirectory(context, unit),
    dependencyScripts: dependencyScripts(context.units, unit),
    pluginScripts: scripts.plugins,
    override: lines === undefined ? undefined : { lines },
  };
}

function withSettings(run: ScriptRunUnit, settings: readonly UnitSettings[]): ScriptRunUnit {
  if (settings.length === 0 || run.override !== undefined) return run;
  const environment = Object.assign({}, run.environment, ...settings.map(({ variables }) => variables));
  return { ...run, environment, inputs: settings.flatMap(({ inputs }) => inputs) };
}

/** The program stands where cargo puts it, so that a script that looks at its own path sees what it is used to. */
function compiledScript(context: PlanContext, run: Unit): ScriptRunUnit['script'] {
  const compiled = run.dependencies
    .map(({ index }) => entryOf(context.units, index))
    .find(({ mode, target }) => mode !== 'run-custom-build' && isCustomBuild(target));
  if (compiled === undefined) throw new Error(`internal: the build script of \`${run.package.name}\` is run but not compiled`);
  const program = entryOf(context.outputs, compiled.index).find(({ kind }) => kind === 'executable');
  if (program === undefined) throw new Error(`internal: the build script of \`${run.package.name}\` leaves no program`);
  const { unitId } = entryOf(context.hashes, compiled.index);
  const directory = scriptDirectory({ facts: context.facts, platform: null, unit: compiled, unitId });
  return { unit: compiled.index, file: program.name, path: `${directory}/${run.target.name}` };
}

/** The graph without its doctest units, which are roots that nothing depends on, and these: indexes close up, and theirs follow. */
function withoutDoctests(graph: UnitGraph, lto: readonly LtoMode[]): SplitGraph {
  const kept = graph.units.filter((unit) => unit.mode !== 'doctest');
  if (kept.length === graph.units.length) return { graph, lto, doctests: [], doctestLto: [] };
  const positions = new Map(kept.map((unit, position) => [unit.index, position]));
  const moved = (index: number): number => positions.get(index) ?? failedMove(index);
  const placed = (unit: Unit, index: number): Unit => ({
    ...unit,
    index,
    dependencies: unit.dependencies.map((dependency) => ({ ...dependency, index: moved(dependency.index) })),
  });
  const left = graph.units.filter((unit) => unit.mode === 'doctest');
  const roots = graph.roots.filter((root) => positions.has(root)).map(moved);
  return {
    graph: { units: kept.map(placed), roots },
    lto: kept.map(({ index }) => entryOf(lto, index)),
    doctests: left.map((unit, position) => placed(unit, kept.length + position)),
    doctestLto: left.map(({ index }) => entryOf(lto, index)),
  };
}

interface SplitGraph {
  readonly graph: UnitGraph;
  readonly lto: readonly LtoMode[];
  readonly doctests: readonly Unit[];
  readonly doctestLto: readonly LtoMode[];
}

function failedMove(index: number): never {
  throw new Error(`internal: a unit depends on doctest unit ${index}`);
}
