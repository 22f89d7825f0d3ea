import type { Digest } from '../model/digest.ts';
import type { CompiledCode, CompiledFile } from '../python/maturin/crate-facts.ts';
import type { Store } from '../store/store.ts';
import type { ExtensionFile, ExtensionPlan } from './extension-plan.ts';
import type { RustNode } from './rust-graph.ts';
import type { RustWork } from './rust-work.ts';

/** What was compiled for a wheel. */
export interface ExtensionOutcome {
  readonly code: CompiledCode;
  /** Trees of what build scripts wrote to `OUT_DIR`, by package name; the package's own among them. */
  readonly scriptOutputs: ReadonlyMap<string, Digest>;
}

/** Reads the results of a finished run; `undefined`: a file is no longer in the store. */
export function extensionOutcome(options: {
  readonly extension: ExtensionPlan;
  /** The nodes of the extension's plan in the run's graph, by unit. */
  readonly nodes: readonly RustNode[];
  readonly work: Pick<RustWork, 'fileOf' | 'scriptOutputOf'>;
  readonly store: Pick<Store, 'blobPath'>;
}): ExtensionOutcome | undefined {
  const { extension, nodes, work, store } = options;
  const compiled = ({ unit, file }: ExtensionFile): CompiledFile | undefined => {
    const node = nodes[unit];
    const found = node === undefined ? undefined : work.fileOf(node.id, file);
    if (found === undefined) throw new Error(`internal: the extension \`${extension.crate.name}\` has no \`${file}\``);
    const path = store.blobPath(found.digest, found.executable);
    return path === undefined ? undefined : { digest: found.digest, path };
  };
  const files = extension.files.flatMap((file) => {
    const found = compiled(file);
    return found === undefined ? [] : [{ ...file, ...found }];
  });
  const [first] = files;
  if (first === undefined || files.length < extension.files.length) return undefined;
  return { code: codeOf(extension, [first, ...files.slice(1)]), scriptOutputs: scriptOutputs(nodes, work) };
}

type FoundFile = ExtensionFile & CompiledFile;

function codeOf(extension: ExtensionPlan, files: readonly [FoundFile, ...(readonly FoundFile[])]): CompiledCode {
  const [{ kind, digest, path }] = files;
  if (kind === 'program') {
    const programs = files.map((file) => ({ name: file.name, digest: file.digest, path: file.path }));
    return { kind: 'programs', programs, embedsPython: extension.pyo3 !== undefined };
  }
  const library = { digest, path };
  return extension.generated === undefined ? { kind: 'module', library, stableAbi: extension.stableAbi } : { kind: 'library', library };
}

function scriptOutputs(nodes: readonly RustNode[], work: Pick<RustWork, 'scriptOutputOf'>): ReadonlyMap<string, Digest> {
  const trees = new Map<string, Digest>();
  for (const { id, unit } of nodes) {
    const tree = unit.kind === 'run-script' ? work.scriptOutputOf(id) : undefined;
    if (tree !== undefined) trees.set(unit.unit.package.name, tree);
  }
  return trees;
}
