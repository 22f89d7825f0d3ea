import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { CheckNode } from '../checks/check.ts';
import type { RunContext } from '../run-context.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import { findLlvmTools, type LlvmTools } from './llvm-tools.ts';
import { rustCoverageNode } from './rust-coverage.ts';

/** What has to be done besides the checks themselves. */
export interface PlannedCoverage {
  readonly nodes: readonly CheckNode[];
  /** Absolute paths of programs that they depend on. */
  readonly watched: readonly string[];
}

export const NO_COVERAGE: PlannedCoverage = { nodes: [], watched: [] };

/**
 * The checks that make one tracefile of what a workspace's test programs, or a project's modules, leave, for each that has any. F1070.
 * F1072: no check among `nodes` measures anything; a share of the checks may well hold no test.
 */
export async function planCoverage(options: {
  readonly nodes: readonly CheckNode[];
  readonly context: RunContext;
}): Promise<Result<PlannedCoverage>> {
  const { nodes, context } = options;
  const tests = new Map<WorkspacePlan, CheckNode[]>();
  for (const node of nodes) {
    for (const { plan } of node.counting ?? []) tests.set(plan, [...(tests.get(plan) ?? []), node]);
  }
  const isShare = context.request.checks?.partition !== undefined;
  if (!isShare && tests.size === 0 && nodes.every(({ tracefile }) => tracefile === undefined)) return fail(NOTHING_MEASURED);
  const made: CheckNode[] = [];
  const watched: string[] = [];
  const found = new Map<string, Result<LlvmTools>>();
  for (const [plan, programs] of tests) {
    const { toolchain } = plan.facts;
    const searchPath = context.request.environment['PATH'] ?? '';
    const tools =
      found.get(toolchain.sysroot) ?? (await findLlvmTools({ toolchain, searchPath, store: context.store, run: context.process }));
    found.set(toolchain.sysroot, tools);
    if (!tools.ok) return tools;
    watched.push(...tools.value.places);
    made.push(rustCoverageNode({ plan, tests: programs, tools: tools.value }));
  }
  return ok({ nodes: made, watched });
}

const NOTHING_MEASURED: Diagnostic = {
  code: 'F1072',
  severity: 'error',
  blame: 'input',
  message: 'there is no test here whose coverage could be measured',
  hints: ['Rust test programs and pytest are measured: ask for `tests` or `pytest`, or leave `--coverage` out'],
};
