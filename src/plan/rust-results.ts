import type { Digest } from '../model/digest.ts';
import { EMPTY_TREE } from '../model/tree.ts';
import type { Store } from '../store/store.ts';
import type { FinishedOutput } from './link-results.ts';
import type { RustNode } from './rust-graph.ts';
import type { ArtifactFile } from './rust-lowering.ts';
import { outputTree, selectFiles, type SelectedFile } from './rust-output.ts';
import type { RustWork } from './rust-work.ts';
import type { RustRequest } from './select-targets.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** One request with its plan and its nodes. */
export interface PlannedRequest {
  readonly request: RustRequest;
  readonly plan: WorkspacePlan;
  readonly nodes: readonly RustNode[];
}

/** What was made, or the paths of outputs whose files the store has lost or damaged. */
export type RustResults = { readonly outputs: readonly FinishedOutput[] } | { readonly damaged: readonly string[] };

/**
 * The trees of what was asked for, one per package that has any, in the order asked; a package that is built for nothing but others has
 * none. What is handed out is read first: a result is what its digest says.
 */
export function rustResults(options: {
  readonly requests: readonly PlannedRequest[];
  readonly work: RustWork;
  readonly store: Store;
}): RustResults {
  const { requests, work, store } = options;
  const damaged: string[] = [];
  const asked = requests.flatMap((planned) => requestedOutputs(planned).map((output) => ({ ...output, nodes: planned.nodes })));
  const outputs = asked.map(({ name, output, files, nodes }): FinishedOutput => {
    const made = files.map((file) => {
      const node = nodes[file.unit];
      const found = node === undefined ? undefined : work.fileOf(node.id, file.file);
      if (found === undefined) throw new Error(`internal: ${name} has no \`${file.file}\``);
      return { ...file, ...found };
    });
    const tree = soundTree(store, made);
    damaged.push(...tree.damaged);
    const { digest } = tree;
    const entry = store.treePath(digest) ?? '';
    const programs = files.flatMap((file) => (file.path.startsWith('bin/') ? [`${entry}/${file.path}`] : []));
    return { name, kind: 'rust', output, digest, entry, programs, link: (path) => store.linkResult(digest, path) };
  });
  return damaged.length > 0 ? { damaged } : { outputs };
}

/** What a request gives for one package. */
export interface RequestedOutput {
  readonly name: string;
  readonly output: string;
  readonly files: readonly SelectedFile[];
}

/** The outputs of a request: one for each package that has any. */
export function requestedOutputs({ plan, request }: Pick<PlannedRequest, 'plan' | 'request'>): readonly RequestedOutput[] {
  const roots = plan.roots.flatMap((index) => plan.units[index] ?? []);
  const packages = [...new Set(roots.map((unit) => unit.unit.package.name))].toSorted();
  return packages.flatMap((name) => {
    const files = selectFiles({ roots: roots.filter((unit) => unit.unit.package.name === name), output: request.output });
    return files.length === 0 ? [] : [{ name, output: outputName(request, files), files }];
  });
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
