import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic, DiagnosticCode } from '../diagnostics/diagnostic.ts';
import type { Engine } from '../engine/engine.ts';
import type { Action, ActionKey, ActionResult } from '../model/action.ts';
import { type Digest, digestOfFile, formatDigest, sameDigest } from '../model/digest.ts';
import type { Store } from '../store/store.ts';

/** Said of an action that does not give the same bytes twice. */
export const IRREPRODUCIBLE: DiagnosticCode = 'F0404';

export interface RepeatedAction {
  readonly label: string;
  readonly action: Action;
  readonly key: ActionKey;
  /** What it gave before. */
  readonly result: ActionResult;
  /** It is a build script's run, whose directives count. */
  readonly speaks: boolean;
  /** Names of the procedural macros that take part. */
  readonly procMacros: readonly string[];
}

/** Something that came out otherwise the second time: a file, or a directive. */
interface Difference {
  readonly what: string;
  readonly first: string;
  readonly second: string;
}

/** Differences that are named one by one. */
const MOST_NAMED = 10;

/**
 * Runs an action that succeeded once more, with the same inputs, and compares the bytes. `undefined`: they are the same.
 * F0404 names each file that differs with both digests; for a build script also the first directive that does.
 */
export async function repeatAction(options: {
  readonly repeated: RepeatedAction;
  readonly engine: Engine;
  readonly store: Store;
}): Promise<Diagnostic | undefined> {
  const { repeated, engine, store } = options;
  const { action, key, label, result, speaks } = repeated;
  const again = await engine.run({ action, key, label, keepSandbox: false });
  if (!again.ok) return again.diagnostics[0];
  if (again.value.exitCode !== 0)
    return irreproducible(repeated, [{ what: 'exit status', first: '0', second: String(again.value.exitCode) }]);
  const differences = [
    ...changedFiles(filesOf(store, result), filesOf(store, again.value)),
    ...(speaks ? changedLine(store, result, again.value) : []),
  ];
  return differences.length === 0 ? undefined : irreproducible(repeated, differences);
}

function irreproducible(repeated: RepeatedAction, differences: readonly Difference[]): Diagnostic {
  const { label, speaks, procMacros } = repeated;
  const more = differences.length - MOST_NAMED;
  const suspects = procMacros.length === 0 ? [] : [['procedural macros', procMacros.join(', ')] as const];
  return {
    code: IRREPRODUCIBLE,
    severity: 'error',
    blame: 'build',
    message: `${label} does not give the same bytes twice`,
    facts: [
      ...differences.slice(0, MOST_NAMED).map(({ what, first, second }) => [what, `${first}, then ${second}`] as const),
      ...(more > 0 ? [['and', `${more} more`] as const] : []),
      ...suspects,
    ],
    hints: [speaks ? OF_SCRIPTS : procMacros.length === 0 ? OF_COMPILERS : OF_MACROS],
  };
}

const OF_SCRIPTS =
  'look for the time, random numbers, process ids, and the order of hash maps and directories in what the build script writes';
const OF_MACROS = 'look for hash maps whose order decides what a procedural macro writes; the macros named above are the first to ask';
const OF_COMPILERS = 'if nothing of the kind is in its sources, this is a defect of the compiler';

function changedFiles(first: ReadonlyMap<string, string>, second: ReadonlyMap<string, string>): readonly Difference[] {
  const paths = [...new Set([...first.keys(), ...second.keys()])].toSorted();
  return paths
    .map((path) => ({ what: path, first: first.get(path) ?? 'absent', second: second.get(path) ?? 'absent' }))
    .filter((difference) => difference.first !== difference.second);
}

/** Every output file by its path in the root, those in directories too, with what it holds. */
function filesOf(store: Store, result: ActionResult): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const output of result.outputs) {
    if (output.kind === 'file') files.set(`/${output.path}`, `${formatDigest(output.digest)}${output.executable ? ' (executable)' : ''}`);
    else addTree({ files, path: `/${output.path}`, tree: output.digest, store });
  }
  return files;
}

function addTree(options: {
  readonly files: Map<string, string>;
  readonly path: string;
  readonly tree: Digest;
  readonly store: Store;
}): void {
  const { files, path, tree, store } = options;
  const root = store.treePath(tree);
  if (root === undefined) throw new Error(`internal: a tree of a result is not in the store: ${formatDigest(tree)}`);
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const state = lstatSync(join(root, name));
    if (state.isSymbolicLink()) files.set(`${path}/${name}`, `link to ${readlinkSync(join(root, name))}`);
    else if (state.isFile()) files.set(`${path}/${name}`, formatDigest(digestOfFile(join(root, name))));
    else files.set(`${path}/${name}`, 'directory');
  }
}

/** What is no directive changes nothing: the progress of tools that the script starts, for one. */
function changedLine(store: Store, first: ActionResult, second: ActionResult): readonly Difference[] {
  if (sameDigest(first.stdout, second.stdout)) return [];
  const [before, after] = [directivesOf(store, first), directivesOf(store, second)];
  const at = Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index).find(
    (index) => before[index] !== after[index],
  );
  return at === undefined ? [] : [{ what: 'directive', first: shown(before[at]), second: shown(after[at]) }];
}

function directivesOf(store: Store, result: ActionResult): readonly string[] {
  const lines = (store.readBlob(result.stdout)?.toString('utf8') ?? '').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('cargo:'));
}

function shown(line: string | undefined): string {
  return line === undefined ? 'nothing' : `\`${line}\``;
}
