import { basename, dirname, posix } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { InputEntry } from '../../model/tree.ts';
import type { EnvironmentPart } from '../../python/environment.ts';
import { planEnvironment } from '../../python/environment/plan-environment.ts';
import type { PlannedDirectory } from '../../python/environment/planned-entry.ts';
import { type InstalledInterpreter, PYTHON_ROOT } from '../../python/interpreter.ts';
import { interpreterTree } from '../../python/interpreters/interpreter-tree.ts';
import { relativeToRoot, SOURCE_ROOT } from '../../rust/layout.ts';
import { REFERENCES_FILE } from '../../store/environments.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { PlannedEnvironment } from '../python/environment-node.ts';

/** Where an environment stands in an action. */
export const ENVIRONMENT_ROOT = '/build/env';

const WHEELS_ROOT = '/build/wheels';
const MODULES_ROOT = '/build/modules';

/**
 * An environment as an action sees it: the interpreter's tree and each wheel's mounted whole, and the environment itself with links to
 * them, composed as one in the store is. Editable projects are read from the source root. Diagnostics of `planEnvironment`; F0904.
 */
export function sandboxEnvironment(options: {
  readonly store: DirectoryStore;
  readonly name: string;
  readonly environment: PlannedEnvironment;
  readonly parts: readonly EnvironmentPart[];
  /** Absolute directory that stands at the source root. */
  readonly anchor: string;
}): Result<ReadonlyMap<string, InputEntry>> {
  const { store, name, environment, anchor } = options;
  const { interpreter: installed, policy } = environment;
  const tree = interpreterTree({ installed, store });
  if (!tree.ok) return tree;
  const inputs = new Map<string, InputEntry>([[relativeToRoot(PYTHON_ROOT), { kind: 'tree', digest: tree.value.tree }]]);
  const parts = options.parts.map((part) => placedPart(part, { store, anchor, inputs }));
  const interpreter: InstalledInterpreter = { ...installed, executable: `${PYTHON_ROOT}/bin/python3`, prefix: PYTHON_ROOT };
  const plan = planEnvironment({ request: { name, interpreter, parts, policy }, store });
  if (!plan.ok) return fail(...plan.diagnostics.filter(isError));
  const places = new Map<string, string>();
  for (const { wheel, origin } of parts) {
    const place = `${WHEELS_ROOT}/${origin.name}-${wheel.facts.version}`;
    const directory = store.treePath(wheel.tree);
    if (directory !== undefined) places.set(directory, place);
    inputs.set(relativeToRoot(place), { kind: 'tree', digest: wheel.tree });
  }
  const entries = new Map([...plan.value.root().entries].filter(([entry]) => entry !== REFERENCES_FILE));
  addDirectory({ store, inputs, places }, { path: ENVIRONMENT_ROOT, directory: { kind: 'directory', entries } });
  return ok(inputs);
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** An editable project's sources and modules where an action has them. */
function placedPart(
  part: EnvironmentPart,
  { store, anchor, inputs }: { readonly store: DirectoryStore; readonly anchor: string; readonly inputs: Map<string, InputEntry> },
): EnvironmentPart {
  if (part.kind === 'wheel') return part;
  const modules: Record<string, string> = {};
  for (const [name, path] of Object.entries(part.modules)) {
    const place = `${MODULES_ROOT}/${name}/${basename(path)}`;
    modules[name] = place;
    inputs.set(relativeToRoot(place), { kind: 'file', digest: store.copyFile(path, { executable: false }), executable: false });
  }
  return { ...part, sources: part.sources.map((source) => SOURCE_ROOT + source.slice(anchor.length)), modules };
}

interface Writing {
  readonly store: DirectoryStore;
  readonly inputs: Map<string, InputEntry>;
  /** Where each wheel's directory in the store stands. */
  readonly places: ReadonlyMap<string, string>;
}

function addDirectory(writing: Writing, { path, directory }: { readonly path: string; readonly directory: PlannedDirectory }): void {
  const { store, inputs } = writing;
  for (const [name, entry] of directory.entries) {
    const place = `${path}/${name}`;
    const at = relativeToRoot(place);
    switch (entry.kind) {
      case 'directory':
        addDirectory(writing, { path: place, directory: entry });
        break;
      case 'text':
        inputs.set(at, { kind: 'file', digest: store.putBlob(entry.text), executable: entry.executable });
        break;
      case 'file': {
        const executable = entry.executable || entry.makeExecutable;
        inputs.set(at, { kind: 'file', digest: store.copyFile(entry.source, { executable }), executable });
        break;
      }
      case 'link':
        inputs.set(at, { kind: 'symlink', target: linkTarget(writing, place, entry.target) });
    }
  }
}

/** Relative, so that it leads to the same place wherever the root is. */
function linkTarget({ places }: Writing, link: string, target: string): string {
  if (!target.startsWith('/')) return target;
  if (target.startsWith(`${PYTHON_ROOT}/`)) return posix.relative(dirname(link), target);
  for (const [directory, place] of places) {
    if (target === directory || target.startsWith(`${directory}/`)) {
      return posix.relative(dirname(link), place + target.slice(directory.length));
    }
  }
  throw new Error(`internal: \`${target}\` is in no wheel of the environment`);
}
