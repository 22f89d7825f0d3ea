import { dirname, relative } from 'node:path';

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { UnitGraph } from '../unit.ts';

export interface SourceAnchor {
  /** The repository's root, or the nearest directory above it that holds every path package as well. */
  readonly directory: string;
  /** A warning for each path package outside the repository. */
  readonly warnings: readonly Diagnostic[];
}

/** Directory to be mounted as the sandbox's source root. */
export function sourceAnchorFor(options: {
  readonly repositoryRoot: string;
  readonly workspaceRoot: string;
  readonly graph: UnitGraph;
}): SourceAnchor {
  const { repositoryRoot, graph } = options;
  const outside = new Map<string, Diagnostic>();
  let directory = commonDirectory(repositoryRoot, options.workspaceRoot);
  for (const { package: pkg } of graph.units) {
    if (pkg.source.kind !== 'path') continue;
    directory = commonDirectory(directory, pkg.root);
    if (!isBelow(repositoryRoot, pkg.root)) outside.set(pkg.id, packageOutside(pkg.name, pkg.root));
  }
  return { directory, warnings: [...outside.values()] };
}

function commonDirectory(anchor: string, path: string): string {
  return isBelow(anchor, path) ? anchor : commonDirectory(dirname(anchor), path);
}

function isBelow(directory: string, path: string): boolean {
  const below = relative(directory, path);
  return below !== '..' && !below.startsWith('../');
}

function packageOutside(name: string, root: string): Diagnostic {
  return {
    code: 'F0217',
    severity: 'warning',
    blame: 'input',
    message: `path dependency \`${name}\` lies outside the repository`,
    facts: [['path', root]],
    hints: [
      'its results are only shared with checkouts that have it at the same relative place; move it into the repository, or use a git dependency',
    ],
  };
}
