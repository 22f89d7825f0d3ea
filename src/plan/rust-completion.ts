import type { Action } from '../model/action.ts';
import { dependencyVariables } from '../rust/script/script-environment.ts';
import { withConfiguredVariables } from './configured-variables.ts';
import type { HostEnvironment } from './host-environment.ts';
import type { NodeStates } from './node-states.ts';
import type { RustNode } from './rust-graph.ts';
import { type ActionSources, type FinishedScript, lowerCompile, lowerScriptRun } from './rust-lowering.ts';

/** The action of a node whose dependencies have finished: its planned unit, completed with what they gave. */
export function completeAction(options: {
  readonly node: RustNode;
  readonly sources: ActionSources;
  readonly states: NodeStates;
  readonly host: HostEnvironment;
}): Action {
  const { node, sources, states, host } = options;
  const { namedScripts, mayRead } = states.of(node.id);
  const environment = withConfiguredVariables({
    environment: node.unit.environment,
    configured: node.workspace.facts.configEnvironment,
    mayRead,
    host,
  });
  const script = (unit: number): FinishedScript => states.script(node.nodeOf(unit));
  if (node.unit.kind === 'compile') {
    return lowerCompile({
      unit: { ...node.unit, environment },
      sources,
      script,
      namedScripts,
      artifact: (unit, file) => states.artifact(node.nodeOf(unit), file),
    });
  }
  const unit = { ...node.unit, environment };
  if (unit.script === undefined) throw new Error(`internal: ${unit.label} has no program to run`);
  const visible = new Set([...unit.dependencyScripts.map((dependency) => dependency.unit), ...unit.pluginScripts, ...namedScripts]);
  return lowerScriptRun({
    unit,
    sources,
    program: { path: unit.script.path, digest: states.artifact(node.nodeOf(unit.script.unit), unit.script.file).digest },
    dependencyEnvironment: dependencyVariables(unit, (index) => script(index).output),
    dependencyDirectories: [...visible].map((index) => script(index).outDirectory),
  });
}
