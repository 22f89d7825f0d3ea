import type { PythonPlan } from '../plan/python/plan.ts';
import type { WorkspacePlan } from '../plan/workspace-plan.ts';
import type { FerruleConfig } from '../repository/config.ts';
import type { ReadSet } from '../rust/cargo/read-set.ts';
import type { RunSources } from '../plan/run-sources.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import { PythonLowering } from './lower-python.ts';
import type { RustLowering } from './lower-rust.ts';
import type { PackageOrigins } from './package-origins.ts';
import type { NixPlanBuilder } from './plan-builder.ts';
import type { NixOutput } from './plan-file.ts';
import type { NixPython } from './python-steps.ts';

export interface PythonOutputs {
  readonly outputs: readonly NixOutput[];
  /** Editable environments, for shells. */
  readonly shells: readonly NixOutput[];
  /** Interpreters that they are made with. */
  readonly pythons: ReadonlyMap<string, NixPython>;
  /** Those that cannot be had. */
  readonly leftOut: PythonPlan['leftOut'];
}

/** The Python half of one system: its outputs as derivations of the plan that is being made. */
export function pythonOutputs(options: {
  readonly python: PythonPlan;
  readonly builder: NixPlanBuilder;
  readonly sources: RunSources;
  readonly origins: PackageOrigins;
  readonly store: DirectoryStore;
  readonly config: FerruleConfig;
  readonly mayBeEditable: boolean;
  /** Absolute. */
  readonly repositoryRoot: string;
  /** The units of an extension's plan. */
  readonly rust: (plan: WorkspacePlan) => RustLowering;
}): PythonOutputs {
  const { python, sources } = options;
  const lowering = new PythonLowering({ ...options, plan: python, memory: sources.memory });
  const leftOut = [...python.leftOut];
  const outputs = python.outputs.flatMap(({ name, output, node: id, scripts, isDefault }): readonly NixOutput[] => {
    const node = lowering.outputOf(id);
    if (!node.ok) {
      leftOut.push({ name, output, diagnostics: node.diagnostics });
      return [];
    }
    const programs = output.startsWith('env') ? scripts : [];
    return [{ kind: 'python', node: node.value, target: name, output, programs, isDefault }];
  });
  return { outputs: outputs.filter((one) => !isShell(one)), shells: outputs.filter(isShell), pythons: lowering.pythons, leftOut };
}

function isShell({ output }: NixOutput): boolean {
  return output.startsWith('editable');
}

/** Manifests, locks and pins that the Python half of a plan follows from. */
export function pythonReads(python: PythonPlan): ReadSet {
  const { paths } = python.watched();
  const locks = new Set(paths);
  const contents = paths.filter((path) => DECIDING.test(path) || (path.endsWith('.py') && locks.has(`${path}.lock`)));
  return { contents, listings: [], presence: [], variables: [], variablePrefixes: [] };
}

const DECIDING = /\/(?:pyproject\.toml|uv\.lock|pylock(?:\.[^/]+)?\.toml|\.python-versions?|[^/]+\.py\.lock)$/;
