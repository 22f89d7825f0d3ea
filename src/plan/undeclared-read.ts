import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Action } from '../model/action.ts';
import { relativeToRoot, SOURCE_ROOT } from '../rust/layout.ts';
import type { Store } from '../store/store.ts';
import type { RustNode } from './rust-graph.ts';

/** A build script of the repository that failed. */
export interface FailedRun {
  readonly node: RustNode;
  readonly action: Action;
  readonly store: Store;
  /** Everything it printed, with the paths of this machine. */
  readonly printed: string;
}

const NOT_FOUND = /No such file or directory|NotFound|\(os error 2\)|does not exist|cannot find/;

/**
 * Rust's errors do not say which file was not found. So when that was the reason: a path that the script names, in what it printed or in
 * its source, and that is on this machine but was not in the sandbox. `undefined`: there is none.
 */
export function undeclaredRead(failed: FailedRun): Diagnostic | undefined {
  const { node, action, store, printed } = failed;
  const pkg = node.unit.unit.package;
  if (pkg.source.kind !== 'path') return undefined;
  const { facts } = node.workspace;
  const hidden = hiddenFile({
    action,
    store,
    printed,
    sources: [node.unit.unit.target.sourcePath],
    directory: pkg.root,
    anchor: facts.sourceAnchor,
    visible: [facts.toolchain.sysroot],
  });
  if (hidden === undefined) return undefined;
  const { path, canBeDeclared, name } = hidden;
  return {
    code: 'F0421',
    severity: 'error',
    blame: 'build',
    message: `the build script of \`${pkg.name}\` names \`${name}\`, which is there but not declared as its input`,
    facts: [
      ['crate', pkg.name],
      ['version', pkg.version],
      ['found at', path],
    ],
    hints: [
      canBeDeclared
        ? `add to \`ferrule.toml\`:\n[[override]]\ncrate = ${JSON.stringify(pkg.name)}\ninputs = [${JSON.stringify(name)}]`
        : 'it lies outside the repository, where a build reads nothing: copy it into the package',
    ],
  };
}

/** A failed process that may have missed a file. */
export interface MissedFile {
  readonly action: Action;
  readonly store: Store;
  /** Everything it printed, with the paths of this machine. */
  readonly printed: string;
  /** Absolute paths of source files whose string literals may name it. */
  readonly sources: readonly string[];
  /** Absolute: what relative paths count from. */
  readonly directory: string;
  /** Absolute directory that stands at the source root. */
  readonly anchor: string;
  /** Further absolute directories that it sees. */
  readonly visible: readonly string[];
}

/** A file that a process named and that is on this machine, but was not in the sandbox; `name` is how it is to be declared. */
export function hiddenFile(
  missed: MissedFile,
): { readonly path: string; readonly name: string; readonly canBeDeclared: boolean } | undefined {
  const { printed, sources, directory, anchor } = missed;
  if (!NOT_FOUND.test(printed)) return undefined;
  const names = [...wordsOf(printed), ...sources.flatMap(literalsOf)];
  const path = names.flatMap((name) => readingsOf(name, directory)).find((reading) => isHidden(reading, missed));
  if (path === undefined) return undefined;
  const canBeDeclared = path.startsWith(`${anchor}/`);
  return { path, canBeDeclared, name: canBeDeclared ? relative(directory, path) : path };
}

/** Words of a text that look like paths. */
function wordsOf(text: string): readonly string[] {
  const withoutPlaces = text.replaceAll(/\S+:\d+:\d+:?/g, '');
  return [...withoutPlaces.matchAll(/[^\s"'`:;,()]*[./][^\s"'`:;,()]*/g)].map(([word]) => word.replace(/\.$/, ''));
}

/** String literals of a Rust file, roughly: a wrong one names no file that exists. */
function literalsOf(source: string): readonly string[] {
  if (!existsSync(source)) return [];
  return [...readFileSync(source, 'utf8').matchAll(/"([^"\\\n]{1,300})"/g)].flatMap(([, literal]) => literal ?? []);
}

/** `concat!(env!("CARGO_MANIFEST_DIR"), "/../x")` begins with a slash as well: both readings are tried. */
function readingsOf(name: string, packageRoot: string): readonly string[] {
  return isAbsolute(name) ? [resolve(name), join(packageRoot, name)] : [resolve(packageRoot, name)];
}

/** Directories that every action sees. */
const VISIBLE = /^\/(?:usr|bin|sbin|lib\w*|nix|etc|proc|dev|build)(?:\/|$)/;

/** On this machine, and not in the sandbox; directories above the package are neither. */
function isHidden(path: string, { action, store, directory, anchor, visible }: MissedFile): boolean {
  if (`${directory}/`.startsWith(path) || VISIBLE.test(path) || visible.some((place) => path.startsWith(`${place}/`)) || !existsSync(path))
    return false;
  const sources = action.inputs.get(relativeToRoot(SOURCE_ROOT));
  const tree = sources?.kind === 'tree' ? store.treePath(sources.digest) : undefined;
  return tree === undefined || !path.startsWith(`${anchor}/`) || !existsSync(join(tree, relative(anchor, path)));
}
