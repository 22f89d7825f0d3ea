import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Action, ActionResult } from '../model/action.ts';
import type { Store } from '../store/store.ts';

/** Reads every input of an action again. Paths in its root of those that are damaged or gone; the damaged ones are dropped. */
export function damagedInputs(store: Store, action: Action): readonly string[] {
  return [...action.inputs].flatMap(([path, entry]) => (entry.kind === 'symlink' || store.recheck(entry) ? [] : [`/${path}`]));
}

/** Whether what an action printed and the dependencies it wrote down can still be read: its result is read from them. A damaged log is dropped. */
export function hasReadableLogs(store: Store, result: ActionResult): boolean {
  const depInfo = result.outputs.flatMap((output) => (output.kind === 'file' && output.path.endsWith('.d') ? [output.digest] : []));
  return [result.stdout, result.stderr, ...depInfo].every((digest) => store.readBlob(digest) !== undefined);
}

/** Not the user's fault, and made good by itself: what is missing is made again. An error when that was tried before. */
export function damageFound(damage: {
  /** `inputs of foo v1.0.0`. */
  readonly what: string;
  readonly paths: readonly string[];
  readonly severity: 'warning' | 'error';
}): Diagnostic {
  const { what, paths, severity } = damage;
  const isError = severity === 'error';
  return {
    code: 'F0694',
    severity,
    blame: 'infrastructure',
    message: `the store has lost or damaged ${what}${isError ? ', and again after they were made anew' : '; they are made again'}`,
    facts: paths.map((path) => ['path', path] as const),
    hints: [
      ...(isError ? ['check the disk that the store is on, or choose another with `--store DIR`'] : []),
      '`ferrule store verify --repair` finds everything that is damaged',
    ],
  };
}
