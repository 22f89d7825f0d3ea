import type { TargetTraits } from '../rust/unit.ts';
import type { CompileStep, NixStep, RunStep, ScriptReference, ScriptStep } from './plan-file.ts';
import type { PythonStep } from './python-steps.ts';
import type { KnownUnits } from './unit-references.ts';
import { lengthenArtifacts, shortenArtifacts, type WrittenArtifacts } from './written-artifacts.ts';
import { sortVariables, type Variables } from './written-environment.ts';
import { lengthenArguments, shortenArguments, type WrittenArguments } from './written-words.ts';

/** A step as the plan's file has it: without what goes without saying, and with names for what many steps share. */
export interface WrittenStep extends Properties {
  readonly kind: (NixStep | PythonStep)['kind'];
}

type Properties = Readonly<Record<string, unknown>>;

/** What the units of one package have in common. */
export interface WrittenPackage {
  /** cargo's variables about it. */
  readonly environment: Variables;
  /** Targets that the words of build scripts go by. */
  readonly targets: readonly TargetTraits[];
}

/** What a step is shortened against. */
export interface StepSurroundings {
  /** Of the node. */
  readonly label: string;
  readonly units: KnownUnits;
  /** Names of the files of each need. */
  readonly outputs: readonly (readonly string[])[];
  /** Keeps what it shares with other steps of its package, and names it. */
  readonly enterPackage: (pkg: WrittenPackage) => string;
  readonly enterWords: (name: string, words: readonly string[]) => void;
  /** Keeps variables that say something of the machine, and names them. */
  readonly enterEnvironment: (name: string, variables: Variables) => string;
}

/** What a step is lengthened with. */
export interface GivenParts {
  readonly label: string;
  readonly units: KnownUnits;
  readonly packages: Readonly<Record<string, WrittenPackage>>;
  readonly words: Readonly<Record<string, readonly string[]>>;
  readonly environments: Readonly<Record<string, Variables>>;
  /** Names of the files that a need has left. */
  readonly filesOf: (need: number) => readonly string[];
}

const USUAL = {
  compile: { files: {}, links: false, linkScripts: [], mode: 'build', ownScript: null, pluginScripts: [], showWarnings: false },
  run: { directories: [], files: {}, linkScripts: [], ownScript: null },
  script: { files: {}, pluginScripts: [] },
} as const;
const USUAL_TREE = { patches: [], writable: false } as const;

/** Steps of the Python half are written as they are. */
export function shortenStep(step: NixStep | PythonStep, { label, units, outputs, ...enter }: StepSurroundings): WrittenStep {
  if (!isProcess(step)) return { ...step };
  const { kind, label: own, environment, trees, scripts, workingDirectory, ...rest } = step;
  const known: Partial<Pick<CompileStep, 'packageTargets' | 'target' | 'artifacts' | 'arguments'>> = rest;
  const { packageTargets: targets = [], target, artifacts = {}, arguments: words, ...properties } = known;
  const { ofPackage, ofSystem, others } = sortVariables(environment);
  return {
    kind,
    ...(own === label ? {} : { label: own }),
    package: enter.enterPackage({ environment: ofPackage, targets }),
    ...unless({ environments: Object.entries(ofSystem).map(([name, variables]) => enter.enterEnvironment(name, variables)) }, []),
    ...unless({ environment: others }, {}),
    ...unless({ workingDirectory }, trees[0]?.path),
    ...(words === undefined ? {} : { arguments: shortenArguments(words, enter.enterWords) }),
    ...unless({ target }, targets.length === 1 ? targets[0] : undefined),
    ...unless({ trees: trees.map((tree) => without(tree, USUAL_TREE)) }, []),
    ...unless({ artifacts: shortenArtifacts(artifacts, units, outputs) }, {}),
    ...unless({ scripts: scripts.map(shortenScript) }, []),
    ...without(properties, USUAL[kind]),
  };
}

/** What {@link shortenStep} was made from: the order of properties aside. */
export function lengthenStep(step: Properties, { label, units, packages, words, environments, filesOf }: GivenParts): unknown {
  const { kind } = step;
  if (kind !== 'compile' && kind !== 'run' && kind !== 'script') return step;
  const { package: name, environments: named, environment, target, artifacts, arguments: written, scripts, trees, ...rest } = step;
  const common = packages[String(name)];
  if (common === undefined) throw new Error(`\`ferrule.nix\` gave no package \`${String(name)}\``);
  const placed = list(trees).map((tree) => ({ ...USUAL_TREE, ...record(tree) }));
  const ofSystem = list(named).map((one) => environments[String(one)]);
  return {
    ...USUAL[kind],
    label,
    workingDirectory: record(placed[0])['path'],
    ...rest,
    ...(kind === 'run' ? {} : { packageTargets: common.targets }),
    ...(kind === 'compile' ? { target: target ?? common.targets[0] } : {}),
    ...(kind === 'script' ? {} : { artifacts: isArtifacts(artifacts) ? lengthenArtifacts(artifacts, units, filesOf) : {} }),
    ...(isArguments(written) ? { arguments: lengthenArguments(written, words) } : {}),
    environment: { ...common.environment, ...Object.assign({}, ...ofSystem), ...record(environment) },
    trees: placed,
    scripts: list(scripts).map(lengthenScript),
  };
}

/** The unit stands in the path: `2 build/target/debug/build/x-0123456789abcdef/out`. */
function shortenScript(script: ScriptReference): string | ScriptReference {
  return unitIn(script.path) === script.unit ? `${script.need} ${script.path}` : script;
}

function lengthenScript(script: unknown): unknown {
  const [, need, path = ''] = typeof script === 'string' ? (/^(-?\d+) (.*)$/s.exec(script) ?? []) : [];
  return need === undefined ? script : { need: Number(need), unit: unitIn(path), path };
}

function unitIn(path: string): string | undefined {
  return /-([0-9a-f]{16})\/out$/.exec(path)?.[1];
}

type ProcessStep = CompileStep | RunStep | ScriptStep;

function isProcess(step: NixStep | PythonStep): step is ProcessStep {
  return step.kind === 'compile' || step.kind === 'run' || step.kind === 'script';
}

function isArtifacts(value: unknown): value is WrittenArtifacts {
  return typeof value === 'object' && value !== null;
}

function isArguments(value: unknown): value is WrittenArguments {
  return Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Properties {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The property, unless it has the value that goes without saying. */
function unless(property: Properties, usual: unknown): Properties {
  const [value] = Object.values(property);
  return value === undefined || JSON.stringify(value) === JSON.stringify(usual) ? {} : property;
}

function without(value: object, usual: Properties): Properties {
  return Object.fromEntries(
    Object.entries(value).filter(([name, item]) => !Object.hasOwn(usual, name) || JSON.stringify(item) !== JSON.stringify(usual[name])),
  );
}
