/** Why something cannot be part of a tree. */
export type TreeRefusal =
  /** A path that is absolute, empty, or holds `.`, `..` or a NUL. */
  | 'bad-path'
  /** One path is a file or a link and the directory of another. */
  | 'conflict'
  | 'absolute-symlink'
  | 'symlink-leaves-tree'
  /** Socket, device, FIFO. */
  | 'special-file'
  /** The name is not UTF-8, which the Remote Execution API's trees ask for. */
  | 'not-utf8';

/** A tree that the store does not take. Nothing was kept. */
export class TreeRefused extends Error {
  readonly refusal: TreeRefusal;
  /** Relative to the tree's root. */
  readonly path: string;
  /** Of a symlink. */
  readonly target: string | undefined;
  constructor(options: { readonly refusal: TreeRefusal; readonly path: string; readonly target?: string }) {
    super(`${options.refusal} at ${options.path}`);
    this.name = 'TreeRefused';
    this.refusal = options.refusal;
    this.path = options.path;
    this.target = options.target;
  }
}

/**
 * Throws {@link TreeRefused} unless the symlink at `path` stays inside the tree, whatever other links of the tree it passes:
 * its target may go up only at the start, and not above the root. (`a/../b` is refused, for `a` may itself be a link to elsewhere.)
 */
export function checkSymlink(path: string, target: string): void {
  if (target.startsWith('/')) throw new TreeRefused({ refusal: 'absolute-symlink', path, target });
  let depth = path.split('/').length - 1;
  let descended = false;
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') descended = true;
    else if (descended || depth === 0) throw new TreeRefused({ refusal: 'symlink-leaves-tree', path, target });
    else depth -= 1;
  }
}
