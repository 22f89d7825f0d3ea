import type { Diagnostic, Result } from '../../diagnostics/diagnostic.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Action, ActionResult } from '../../model/action.ts';
import type { Digest } from '../../model/digest.ts';
import type { UnpackedWheel } from '../../python/wheel.ts';
import type { Store } from '../../store/store.ts';
import type { Tracefile } from '../coverage/coverage-report.ts';
import type { CountingRun } from '../coverage/rust-coverage.ts';
import type { HostEnvironment } from '../host-environment.ts';
import type { EditableProject, NeededUnit, PythonNodeId } from '../python/step.ts';
import type { RunSources } from '../run-sources.ts';
import type { ArtifactFile, FinishedScript } from '../rust-lowering.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import type { CheckSummary } from './summary.ts';

/** One check of one package or project, or one that `ferrule.toml` declares: a row of the report. */
export interface PlannedCheck {
  /** Package or project; for a declared check of nothing in particular its environment. */
  readonly subject: string;
  /** `fmt`, `tests`, or a name of `ferrule.toml`. */
  readonly name: string;
  /** Units that have to compile; where there are several nodes, one for each. */
  readonly units: readonly NeededUnit[];
  /** Positions among {@link PlannedChecks.nodes}. */
  readonly nodes: readonly number[];
  /** Why it is not done, as what stands after a colon; absent: it is. */
  readonly skipped?: string;
}

/** Everything that is to be checked. */
export interface PlannedChecks {
  /** Cargo workspaces whose units are needed. */
  readonly plans: readonly WorkspacePlan[];
  /** Of these the units that are; a plan that is missing here is needed whole. */
  readonly wanted: ReadonlyMap<WorkspacePlan, ReadonlySet<number>>;
  readonly nodes: readonly CheckNode[];
  readonly checks: readonly PlannedCheck[];
  /** Absolute paths outside of the repository that it depends on, there or not. */
  readonly watched: readonly string[];
  /** What the policy demands and did not turn out to be there. */
  readonly lacks: (summaries: readonly CheckSummary[]) => readonly Diagnostic[];
}

export const NO_CHECKS: PlannedChecks = { plans: [], wanted: new Map(), nodes: [], checks: [], watched: [], lacks: () => [] };

/** A command that is run to check something: one action, kept when it succeeds. */
export interface CheckNode {
  /** `core v0.1.0 (lib test)`, as a person names it. */
  readonly label: string;
  readonly verb: 'test' | 'check' | 'format' | 'measure';
  /** Units and Python nodes that it takes. */
  readonly units: readonly NeededUnit[];
  readonly needs: readonly PythonNodeId[];
  /** Checks whose results it takes; absent: none. */
  readonly after?: readonly CheckNode[];
  readonly step: CheckStep;
  /** What it runs that leaves raw profiles, which LLVM's tools read; absent: nothing. */
  readonly counting?: readonly CountingRun[];
  /** What it says of the lines that were executed; absent: nothing. */
  readonly tracefile?: Tracefile;
}

export interface CheckStep {
  /** What is run, once all it needs is there. */
  action(around: CheckSurroundings): Promise<Result<Action>>;
  /** Why it failed; at least one error. */
  explain(failed: FailedCheck): readonly Diagnostic[];
}

/** What a check finds when its turn comes. */
export interface CheckSurroundings {
  readonly store: Store;
  readonly engine: Engine;
  readonly sources: RunSources;
  readonly host: HostEnvironment;
  /** Variables of the user that `ferrule.toml` passes to every action. */
  readonly passEnvironment: readonly string[];
  artifact(unit: NeededUnit, file: string): ArtifactFile;
  script(unit: NeededUnit): FinishedScript;
  wheel(node: PythonNodeId): UnpackedWheel;
  editable(node: PythonNodeId): EditableProject;
  /** A directory that a check has left, by its path relative to the root; `undefined`: it left none. */
  outputOf(check: CheckNode, path: string): Digest | undefined;
}

export interface FailedCheck {
  readonly action: Action;
  readonly result: ActionResult;
  readonly store: Store;
  /** Everything it printed, first to its output, then to its errors. */
  readonly stdout: string;
  readonly stderr: string;
  /** How to look at it: from `--keep-sandbox`. */
  readonly hints: readonly string[];
}
