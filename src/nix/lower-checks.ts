import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { PlannedCheck, PlannedChecks } from '../plan/checks/check.ts';
import { DoctestStep } from '../plan/checks/doctest-step.ts';
import { FormatStep } from '../plan/checks/format-step.ts';
import { TestStep } from '../plan/checks/test-step.ts';
import type { WorkspacePlan } from '../plan/workspace-plan.ts';
import { COUNTS_DIRECTORY, COUNTS_FILE } from './check-counts.ts';
import { type CheckStepLowering, lowerCheckStep } from './lower-check-steps.ts';
import type { NixPlanBuilder } from './plan-builder.ts';
import type { NixOutput } from './plan-file.ts';

export interface ChecksLoweringOptions extends CheckStepLowering {
  readonly checks: PlannedChecks;
}

/** Checks as derivations that fail where the check does. */
export interface LoweredChecks {
  readonly checks: readonly LoweredCheck[];
  /** Those that cannot be had. */
  readonly leftOut: readonly { readonly name: string; readonly output: string; readonly diagnostics: readonly Diagnostic[] }[];
}

export interface LoweredCheck {
  readonly subject: string;
  readonly check: string;
  /** Whose package it is about; `undefined`: it is about no crate. */
  readonly workspace: WorkspacePlan | undefined;
  readonly output: NixOutput;
  /** Derivations that are the check; what else is built is what it needs. */
  readonly nodes: readonly string[];
}

/** Every check that was planned and is done. */
export function lowerChecks(options: ChecksLoweringOptions): LoweredChecks {
  const checks: LoweredCheck[] = [];
  const leftOut: LoweredChecks['leftOut'][number][] = [];
  for (const check of options.checks.checks.filter(({ skipped }) => skipped === undefined)) {
    const { subject, name } = check;
    const nodes = nodesOf(options, check);
    if (nodes.ok) checks.push(loweredCheck(options, check, nodes.value));
    else leftOut.push({ name: subject, output: name, diagnostics: nodes.diagnostics });
  }
  return { checks, leftOut };
}

interface CheckNodes {
  /** Of units that have to compile. */
  readonly compiled: readonly string[];
  /** Of what is run. */
  readonly run: readonly string[];
}

function nodesOf({ rust, checks, ...options }: ChecksLoweringOptions, { units, nodes }: PlannedCheck): Result<CheckNodes> {
  const compiled = collectResults(units.map(({ workspace, unit }) => rust(workspace).nodeOf(unit)));
  const run = collectResults(nodes.map((place) => lowerCheckStep({ ...options, rust }, nodeAt(checks, place))));
  if (!compiled.ok) return compiled;
  return run.ok ? ok({ compiled: compiled.value, run: run.value }) : run;
}

/** Each once. */
function collectResults(results: readonly Result<string>[]): Result<readonly string[]> {
  const problems = results.flatMap((result) => (result.ok ? [] : result.diagnostics));
  return problems.length > 0 ? fail(...problems) : ok([...new Set(results.flatMap((result) => (result.ok ? [result.value] : [])))]);
}

function nodeAt({ nodes }: PlannedChecks, place: number): PlannedChecks['nodes'][number] {
  const node = nodes[place];
  if (node === undefined) throw new Error(`internal: there is no check ${place}`);
  return node;
}

function loweredCheck({ builder, checks }: ChecksLoweringOptions, planned: PlannedCheck, nodes: CheckNodes): LoweredCheck {
  const { subject, name: check } = planned;
  const { compiled, run } = nodes;
  const [only, ...others] = [...compiled, ...run];
  const isRun = compiled.length === 0 && others.length === 0;
  const node = isRun && only !== undefined ? only : collected(builder, planned, nodes);
  const workspace = workspaceOf(checks, planned);
  const kind = workspace === undefined ? 'python' : 'rust';
  const output: NixOutput = { kind, node, target: subject, output: check, programs: [], isDefault: subject === check };
  return { subject, check, workspace, output, nodes: [...compiled, ...run] };
}

function workspaceOf(checks: PlannedChecks, { units, nodes }: PlannedCheck): WorkspacePlan | undefined {
  const [unit] = units;
  const [place] = nodes;
  if (unit !== undefined || place === undefined) return unit?.workspace;
  const { step } = nodeAt(checks, place);
  return step instanceof FormatStep || step instanceof TestStep || step instanceof DoctestStep ? step.options.plan : undefined;
}

/** A derivation that is there once all it needs is, with how many tests there were. */
function collected(builder: NixPlanBuilder, { subject, name: check, units }: PlannedCheck, { compiled, run }: CheckNodes): string {
  const [first] = units;
  const version = first?.workspace.units[first.unit]?.unit.package.version;
  return builder.node({
    label: `${subject}${version === undefined ? '' : ` v${version}`} (${check})`,
    name: `${subject}-${check}`,
    version: version ?? '0',
    toolchain: null,
    needs: [...run, ...compiled],
    fetches: [],
    sources: [],
    system: [],
    steps: [{ kind: 'collect', files: run.map((_, need) => ({ need, file: COUNTS_FILE, path: `${COUNTS_DIRECTORY}/${need}.json` })) }],
  });
}
