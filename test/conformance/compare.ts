import type { RustFacts } from '../../src/rust/facts.ts';
import { completeUnit } from '../../src/rust/script/complete-unit.ts';
import { TARGET_ROOT, TOOLCHAIN_ROOT } from '../../src/rust/layout.ts';
import { packagePlaces, unpackedRoot } from '../../src/rust/units/package-place.ts';
import { planUnits } from '../../src/rust/units/plan-units.ts';
import type { PlannedUnit } from '../../src/rust/planned-unit.ts';
import { parseScriptOutput } from '../../src/rust/script/script-directives.ts';
import { dependencyVariables } from '../../src/rust/script/script-environment.ts';
import type { ScriptOutput } from '../../src/rust/script/script-output.ts';
import { overrideOutput } from '../../src/rust/script/script-override.ts';
import { type Process, tolerate } from './differences.ts';
import { matchProcesses, renameHashes, rustcWords } from './matching.ts';
import type { Recording } from './oracle.ts';

/** What came of comparing one cargo command with our plan of it. */
export interface Comparison {
  /** Processes cargo started. */
  readonly units: number;
  /** One line per difference that nothing allows. */
  readonly differences: readonly string[];
  /** How often each allowed difference occurred, by name. */
  readonly tolerated: ReadonlyMap<string, number>;
}

/** Compares argv, environment and working directory of every process of a recording with the plan of the same selection. */
export function compareWithCargo(facts: RustFacts, recording: Recording): Comparison {
  const plan = planUnits(facts);
  if (!plan.ok) return { units: 0, differences: plan.diagnostics.map(({ message }) => `not planned: ${message}`), tolerated: new Map() };
  const { units } = plan.value;
  const tolerated = new Map<string, number>();
  const intoSandbox = sandboxPaths(facts, recording.targetDirectory);
  const calls = recording.calls.map((call) => tolerate(mapTexts(call, intoSandbox), tolerated));
  const matching = matchProcesses(calls, units);
  const differences = matching.conflicts.map((conflict) => `hashes do not map one to one: ${conflict}`);
  const rename = (text: string): string => renameHashes(text, matching.hashes);
  const outputs = scriptOutputs({ recording, pairs: matching.pairs, translate: (text) => rename(intoSandbox(text)) });
  const outputOf = (index: number): ScriptOutput => outputFor(units[index], outputs);
  calls.forEach((call, position) => {
    const unit = matching.pairs.get(position);
    const name = `${call.environment['CARGO_PKG_NAME'] ?? '?'} ${call.environment['CARGO_CRATE_NAME'] ?? 'script run'}`;
    if (unit === undefined) differences.push(`${name}: cargo runs it, we do not plan it`);
    else
      differences.push(...compareProcess({ unit, call: mapTexts(call, rename), outputOf, facts }).map((line) => `${unit.label}: ${line}`));
  });
  const planned = new Set(matching.pairs.values());
  for (const unit of units) {
    const overridden = unit.kind === 'run-script' && unit.override !== undefined;
    if (!planned.has(unit) && !overridden) differences.push(`${unit.label}: planned, but cargo does not run it`);
  }
  return { units: calls.length, differences, tolerated };
}

/** Every machine path that can occur in cargo's processes, replaced by its place in the sandbox; longest first. */
function sandboxPaths(facts: RustFacts, targetDirectory: string): (text: string) => string {
  const places = packagePlaces(facts);
  const roots = new Map<string, string>([
    [targetDirectory, TARGET_ROOT],
    [facts.workspaceRoot, places.workspaceRoot],
    [facts.toolchain.sysroot, TOOLCHAIN_ROOT],
  ]);
  for (const { package: pkg } of facts.graph.units) {
    if (pkg.source.kind === 'git') roots.set(pkg.source.checkout, unpackedRoot(pkg));
    else roots.set(pkg.root, places.root(pkg));
  }
  const ordered = [...roots].toSorted(([left], [right]) => right.length - left.length);
  return (text) => {
    if (!text.includes('/')) return text;
    return ordered.reduce((done, [from, to]) => done.replaceAll(new RegExp(`${escapePattern(from)}(?![\\w.-])`, 'g'), to), text);
  };
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function mapTexts(process: Process, change: (text: string) => string): Process {
  return {
    arguments: process.arguments.map(change),
    environment: Object.fromEntries(Object.entries(process.environment).map(([name, value]) => [name, change(value)])),
  };
}

/** What the scripts said under cargo, as they would have said it in the sandbox, by unit index. */
function scriptOutputs(options: {
  readonly recording: Recording;
  readonly pairs: ReadonlyMap<number, PlannedUnit>;
  readonly translate: (text: string) => string;
}): ReadonlyMap<number, ScriptOutput> {
  const { recording, pairs, translate } = options;
  const outputs = new Map<number, ScriptOutput>();
  recording.calls.forEach((call, position) => {
    const unit = pairs.get(position);
    const said = recording.scriptOutputs.get(call.environment['OUT_DIR'] ?? '');
    if (unit?.kind !== 'run-script' || said === undefined) return;
    const parsed = parseScriptOutput({
      stdout: Buffer.from(translate(said)),
      label: unit.label,
      package: unit.unit.package,
      outDirectory: unit.outDirectory,
      bootstrap: { nightly: false, allowed: undefined },
    });
    if (!parsed.ok) throw new Error(`cargo accepted what we refuse: ${parsed.diagnostics[0]?.message ?? ''}`);
    outputs.set(unit.index, parsed.value);
  });
  return outputs;
}

function outputFor(unit: PlannedUnit | undefined, outputs: ReadonlyMap<number, ScriptOutput>): ScriptOutput {
  if (unit?.kind !== 'run-script') throw new Error('not a script run');
  const known = outputs.get(unit.index);
  if (known !== undefined) return known;
  const canned = overrideOutput(unit);
  if (!canned.ok) throw new Error(canned.diagnostics[0]?.message ?? 'no output');
  return canned.value;
}

function compareProcess(options: {
  readonly unit: PlannedUnit;
  readonly call: Process;
  readonly outputOf: (index: number) => ScriptOutput;
  readonly facts: RustFacts;
}): readonly string[] {
  const { unit, call, outputOf, facts } = options;
  const ours =
    unit.kind === 'compile'
      ? completeUnit(unit, outputOf)
      : {
          arguments: [unit.script?.path ?? ''],
          environment: { ...unit.environment, ...dependencyVariables(unit, outputOf) },
        };
  const directory = workingDirectory(unit, call, facts);
  return [
    ...compareLists(call.arguments, ours.arguments),
    ...compareRecords(call.environment, ours.environment),
    ...(directory === unit.workingDirectory ? [] : [`working directory: cargo ${directory}, ours ${unit.workingDirectory}`]),
  ];
}

/** cargo does not print it: scripts run in their package, rustc in the workspace root exactly when its source is relative. */
function workingDirectory(unit: PlannedUnit, call: Process, facts: RustFacts): string {
  const source = rustcWords(call)[4] ?? '';
  if (unit.kind === 'compile' && !source.startsWith('/')) return packagePlaces(facts).workspaceRoot;
  return call.environment['CARGO_MANIFEST_DIR'] ?? '';
}

function compareLists(theirs: readonly string[], ours: readonly string[]): readonly string[] {
  const at = ours.findIndex((argument, position) => argument !== theirs[position]);
  const first = at === -1 && theirs.length > ours.length ? ours.length : at;
  if (first === -1) return [];
  const excerpt = (list: readonly string[]): string => list.slice(Math.max(0, first - 1), first + 4).join(' ') || '(nothing)';
  return [`argument ${first}: cargo \`${excerpt(theirs)}\`, ours \`${excerpt(ours)}\``];
}

function compareRecords(theirs: Readonly<Record<string, string>>, ours: Readonly<Record<string, string>>): readonly string[] {
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].toSorted();
  return names
    .filter((name) => theirs[name] !== ours[name])
    .map((name) => `${name}: cargo ${JSON.stringify(theirs[name])}, ours ${JSON.stringify(ours[name])}`);
}
