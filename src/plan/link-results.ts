import { join } from 'node:path';
import type { Digest } from '../model/digest.ts';
import { EMPTY_TREE } from '../model/tree.ts';
import type { Store } from '../store/store.ts';
import { type RustWork } from './rust-work.ts';
import type { ArtifactFile } from './rust-lowering.ts';
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

/** What was linked, or the paths of outputs whose files the store has lost or damaged: then nothing was linked. */
export type LinkOutcome = { readonly targets: readonly BuiltTarget[] } | { readonly damaged: readonly string[] };

/**
 * Makes the trees of all outputs and points the result links at them: `result` for one, `result-NAME` for several, or where the user says.
 * What is handed out is read first: a result is what its digest says.
 */
export function linkResults(options: {
  readonly outputs: readonly RequestedOutput[];
  readonly work: RustWork;
  readonly store: Store;
  /** Absolute directory for the links. */
  readonly directory: string;
  /** Absolute path of the link; `undefined`: in `directory`. */
  readonly link: string | undefined;
}): LinkOutcome {
  const { outputs, work, store, directory, link } = options;
  const base = link ?? join(directory, 'result');
  const names = outputs.map((output) => output.name);
  const trees = outputs.map(({ name, output, files, planned }) => {
    const made = files.map((file) => {
      const node = planned.nodes[file.unit];
      const found = node === undefined ? undefined : work.fileOf(node.id, file.file);
      if (found === undefined) throw new Error(`internal: ${name} has no \`${file.file}\``);
      return { ...file, ...found };
    });
    return { name, output, ...soundTree(store, made) };
  });
  const damaged = trees.flatMap((tree) => tree.damaged);
  if (damaged.length > 0) return { damaged };
  const targets = trees.map(({ name, output, digest }) => {
    const repeated = names.filter((other) => other === name).length > 1;
    const suffix = repeated ? `-${name}-${output.replaceAll('/', '-')}` : `-${name}`;
    const path = outputs.length === 1 ? base : `${base}${suffix}`;
    store.linkResult(digest, path);
    return { name, kind: 'rust', output, path, digest } as const;
  });
  return { targets };
}

type MadeFile = SelectedFile & ArtifactFile;

/** The tree of an output, read through; `damaged`: what of it the store does not have as it should be. */
function soundTree(store: Store, files: readonly MadeFile[]): { readonly digest: Digest; readonly damaged: readonly string[] } {
  const present = files.every((file) => store.blobPath(file.digest, file.executable) !== undefined);
  const digest = present ? store.makeTree(outputTree(files)) : EMPTY_TREE;
  if (present && store.recheck({ kind: 'tree', digest })) return { digest, damaged: [] };
  const damaged = files.filter((file) => !store.recheck({ kind: 'file', ...file })).map((file) => file.path);
  return { digest: damaged.length === 0 ? store.makeTree(outputTree(files)) : EMPTY_TREE, damaged };
}

function outputName(request: RustRequest, files: readonly SelectedFile[]): string {
  const { output } = request;
  if (output === undefined) return files.some((file) => file.path.startsWith('bin/')) ? 'bin' : 'lib';
  return 'name' in output && output.name !== undefined ? `${output.kind}/${output.name}` : output.kind;
}
