import { posix } from 'node:path';
import type { Result } from '../diagnostics/diagnostic.ts';
import { type Action, type ActionKey, actionKey, type ActionResult } from '../model/action.ts';
import { type Digest, digestOf, parseSha256, sameDigest } from '../model/digest.ts';
import { relativeToRoot, SOURCE_ROOT } from '../rust/layout.ts';
import type { Store } from '../store/store.ts';

/** The files of the repository that a build script's run has as its input, and how to have fewer of them. */
export interface ScriptScope {
  /** Relative to the source root, sorted. */
  readonly files: readonly string[];
  /** Directory of the package, relative to the source root; `''` for the root itself. */
  readonly packageDirectory: string;
  /** The script's own source, relative to the source root: it is always left in. */
  readonly source: string;
  /** Tree of some of the files. */
  readonly treeOf: (files: readonly string[]) => Result<Digest>;
}

/** A run that could read the whole package. */
export interface WholeRun {
  readonly action: Action;
  readonly key: ActionKey;
  readonly scope: ScriptScope;
}

/** The same run with nothing to read but what the script once declared. */
export interface NarrowRun {
  readonly action: Action;
  readonly key: ActionKey;
  /** What the whole run gave when these same files were there: what this one has to give, byte for byte, to be believed. */
  readonly expected: ActionResult | undefined;
}

/**
 * Runs of build scripts that need not be repeated because nothing changed that they declare with `rerun-if-changed`.
 *
 * A declaration alone is not believed. When a file changes that was not declared, the script is run once with nothing but the declared
 * files to see; if that gives what the last whole run gave, byte for byte, then its result stands from now on for as long as the declared
 * files, the *names* of all files, the program and its environment stay as they are. If not, this script is never tried again.
 * So no run is spent in vain but one for each script that declares too little, and none at all before something changes.
 */
export class ScriptNarrowing {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The narrow form of a run whose result is not known; `undefined`: nothing was learnt yet, or the script reads more than it declares. */
  narrow(run: WholeRun): NarrowRun | undefined {
    const note = this.#store.getNote(DECLARED, questionOf(run));
    const narrow = note === undefined || note === READS_MORE ? undefined : narrowAction(run, note.split('\n').slice(0, -1));
    if (narrow === undefined) return undefined;
    const whole = parseKey(this.#store.getNote(WHOLE_RUNS, narrow.key.hash) ?? '');
    return { ...narrow, expected: whole === undefined ? undefined : this.#store.getResult(whole) };
  }

  /** Whether the narrow run is to be believed; if so, its result is kept, else the script is remembered as one that reads more. */
  judge(run: WholeRun, narrow: NarrowRun, result: ActionResult): boolean {
    if (narrow.expected !== undefined && givesTheSame(result, narrow.expected)) {
      this.#store.putResult(narrow.key, result);
      return true;
    }
    this.#store.putNote(DECLARED, questionOf(run), READS_MORE);
    return false;
  }

  /** Remembers what a whole run that succeeded declared: paths as written, none when it declared only variables. */
  learn(run: WholeRun, declared: readonly string[]): void {
    const question = questionOf(run);
    if (this.#store.getNote(DECLARED, question) === READS_MORE) return;
    const narrow = narrowAction(run, declared);
    if (narrow === undefined || narrow.key.hash === run.key.hash) return;
    this.#store.putNote(DECLARED, question, declared.map((path) => `${path}\n`).join(''));
    this.#store.putNote(WHOLE_RUNS, narrow.key.hash, `${run.key.hash} ${run.key.size}`);
  }
}

/** Notes by everything about a run but the content of files: what the script declared, each path ended by a line end. */
const DECLARED = 'script-inputs';
/** In its place, for a script that was found to read what it did not declare. No path: paths have no `\0`. */
const READS_MORE = '\0';
/** Notes by the key of a narrow run: the key of a whole run over the same declared files. */
const WHOLE_RUNS = 'script-runs';

/** Everything about a run but the content of the package's files: program, environment, dependencies, and the names of the files. */
function questionOf({ action, scope }: WholeRun): string {
  return withTree(action, digestOf(scope.files.join('\n'))).key.hash;
}

function narrowAction({ action, scope }: WholeRun, declared: readonly string[]): Pick<NarrowRun, 'action' | 'key'> | undefined {
  const paths = declared.map((path) => placeOf(path, scope.packageDirectory));
  const files = scope.files.filter(
    (file) => file === scope.source || paths.some((path) => path === '' || file === path || file.startsWith(`${path}/`)),
  );
  const tree = scope.treeOf(files);
  return tree.ok ? withTree(action, tree.value) : undefined;
}

/** A declared path, relative to the source root. What lies elsewhere names none of the files. */
function placeOf(declared: string, packageDirectory: string): string {
  const absolute = posix.resolve(`${SOURCE_ROOT}/${packageDirectory}`, declared);
  return absolute === SOURCE_ROOT ? '' : absolute.startsWith(`${SOURCE_ROOT}/`) ? absolute.slice(SOURCE_ROOT.length + 1) : absolute;
}

function withTree(action: Action, digest: Digest): Pick<NarrowRun, 'action' | 'key'> {
  const place = relativeToRoot(SOURCE_ROOT);
  const entry = action.inputs.get(place);
  if (entry?.kind !== 'tree') throw new Error('internal: a script of a path package without its files');
  const narrow = { ...action, inputs: new Map(action.inputs).set(place, { ...entry, digest }) };
  return { action: narrow, key: actionKey(narrow) };
}

function givesTheSame(left: ActionResult, right: ActionResult): boolean {
  if (left.exitCode !== 0 || !sameDigest(left.stdout, right.stdout) || left.outputs.length !== right.outputs.length) return false;
  return left.outputs.every((output, index) => {
    const other = right.outputs[index];
    return other !== undefined && output.path === other.path && output.kind === other.kind && sameDigest(output.digest, other.digest);
  });
}

function parseKey(text: string): ActionKey | undefined {
  const [hash = '', size = ''] = text.split(' ');
  const parsed = parseSha256(hash);
  return parsed === undefined ? undefined : { hash: parsed, size: Number(size) };
}
