import type { Action } from '../model/action.ts';
import { type Digest, sha256Of } from '../model/digest.ts';
import { contentOf, type Ingredients, type RecordedInput } from './run-record.ts';

/** The files of a tree that was made from a checkout: paths relative to the repository, with their digests; `undefined`: it was not, or nobody knows. */
export type TreeFiles = (tree: Digest) => Iterable<readonly [path: string, digest: Digest]> | undefined;

/** What the key of an action was made from. */
export function actionIngredients(action: Action, filesOf: TreeFiles): Ingredients {
  const { command, platform } = action;
  const inputs: Record<string, RecordedInput> = {};
  for (const [path, entry] of action.inputs) {
    if (entry.kind === 'symlink') inputs[path] = `>${entry.target}`;
    else inputs[path] = entry.kind === 'file' ? contentOf(entry.digest.hash) : recordedTree(entry.digest, filesOf);
  }
  return { arguments: command.arguments, environment: recordedEnvironment(command.environment), inputs, platform };
}

/** Variables as records have them: values that may be secrets are hidden. */
export function recordedEnvironment(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, isOurs(name) ? value : hiddenValue(value)]));
}

/** A value that may be a secret, as records have it. */
export function hiddenValue(value: string): string {
  return `#${contentOf(sha256Of(value))}`;
}

/** A directory as records have it. */
export function recordedTree(tree: Digest, filesOf: TreeFiles): RecordedInput {
  const content = contentOf(tree.hash);
  const listed = filesOf(tree);
  if (listed === undefined) return content;
  const files: Record<string, string> = {};
  for (const [path, digest] of listed) files[path] = contentOf(digest.hash);
  return { tree: content, files };
}

/** Variables that cargo's rules or Ferrule set; none of the user's passes under such a name (`plan/host-environment.ts`). */
function isOurs(name: string): boolean {
  return /^(?:CARGO|DEP_)/.test(name) || OURS.has(name);
}

const OURS: ReadonlySet<string> = new Set([
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'TZ',
  'SOURCE_DATE_EPOCH',
  'OUT_DIR',
  'TARGET',
  'HOST',
  'NUM_JOBS',
  'OPT_LEVEL',
  'PROFILE',
  'DEBUG',
  'RUSTC',
  'RUSTDOC',
  'RUSTC_LINKER',
  'LD_LIBRARY_PATH',
]);
