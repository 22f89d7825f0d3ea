import { join } from 'node:path';
import type { Store } from '../store/store.ts';
import { type RustWork } from './rust-work.ts';
import type { RustNode } from './rust-graph.ts';
import { outputTree, selectFiles, type SelectedFile } from './rust-output.ts';
import type { RustRequest } from './select-targets.ts';
import type { BuiltTarget } from './build.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** One request with its plan and its nodes. */
export interface PlannedRequest {
  readonly request: RustRequest;
  readonly plan: WorkspacePlan;
  readonly nodes: readonly RustNode[];
}

/** The outputs a request stands for: one per package that has any, named by it. */
export interface RequestedOutput {
  readonly name: string;
  readonly output: string;
  readonly files: readonly SelectedFile[];
  readonly planned: PlannedRequest;
}

/** Outputs of all requests, in the order asked; a package that is built for nothing but others is none. */
export function requestedOutputs(requests: readonly PlannedRequest[]): readonly RequestedOutput[] {
  return requests.flatMap((planned) => {
    const { plan, request } = planned;
    const roots = plan.roots.flatMap((index) => plan.units[index] ?? []);
    const packages = [...new Set(roots.map((unit) => unit.unit.package.name))].toSorted();
    return packages.flatMap((name) => {
      const files = selectFiles({ roots: roots.filter((unit) => unit.unit.package.name === name), output: request.output });
      return files.length === 0 ? [] : [{ name, output: outputName(request, files), files, planned }];
    });
  });
}

/** Makes the trees of all outputs and points the result links at them: `result` for one, `result-NAME` for several, or where the user says. */
export function linkResults(options: {
  readonly outputs: readonly RequestedOutput[];
  readonly work: RustWork;
  readonly store: Store;
  /** Absolute directory for the links. */
  readonly directory: string;
  /** Absolute path of the link; `undefined`: in `directory`. */
  readonly link: string | undefined;
}): readonly BuiltTarget[] {
  const { outputs, work, store, directory, link } = options;
  const base = link ?? join(directory, 'result');
  const names = outputs.map((output) => output.name);
  return outputs.map(({ name, output, files, planned }) => {
    const made = files.map((file) => {
      const node = planned.nodes[file.unit];
      const found = node === undefined ? undefined : work.fileOf(node.id, file.file);
      if (found === undefined) throw new Error(`internal: ${name} has no \`${file.file}\``);
      return { ...file, ...found };
    });
    const digest = store.makeTree(outputTree(made));
    const repeated = names.filter((other) => other === name).length > 1;
    const suffix = repeated ? `-${name}-${output.replaceAll('/', '-')}` : `-${name}`;
    const path = outputs.length === 1 ? base : `${base}${suffix}`;
    store.linkResult(digest, path);
    return { name, kind: 'rust', output, path, digest };
  });
}

function outputName(request: RustRequest, files: readonly SelectedFile[]): string {
  const { output } = request;
  if (output === undefined) return files.some((file) => file.path.startsWith('bin/')) ? 'bin' : 'lib';
  return 'name' in output && output.name !== undefined ? `${output.kind}/${output.name}` : output.kind;
}
