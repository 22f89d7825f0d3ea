import { join } from 'node:path';
import type { Store } from '../../store/store.ts';
import type { FinishedOutput } from '../link-results.ts';
import type { PythonOutputNode } from './plan.ts';
import type { PythonWork } from './work.ts';

/** What was made, or the outputs that the store has lost or damaged. */
export type PythonResults = { readonly outputs: readonly FinishedOutput[] } | { readonly damaged: readonly string[] };

/** The outputs of the Python half, in the order asked. Files that are handed out are read first: a result is what its digest says. */
export function pythonResults(options: {
  readonly outputs: readonly PythonOutputNode[];
  readonly work: PythonWork;
  readonly store: Store;
}): PythonResults {
  const { outputs, work, store } = options;
  const damaged: string[] = [];
  const finished = outputs.flatMap(({ name, output, node }): FinishedOutput[] => {
    const result = work.resultOf(node);
    switch (result.kind) {
      case 'tree': {
        const { tree: digest } = result;
        const entry = store.recheck({ kind: 'tree', digest }) ? store.treePath(digest) : undefined;
        if (entry !== undefined) {
          return [{ name, kind: 'python', output, digest, entry, programs: [], link: (path) => store.linkResult(digest, path) }];
        }
        damaged.push(`${name}:${output}`);
        return [];
      }
      case 'environment': {
        const { digest, directory, scripts, link } = result.environment;
        const programs = scripts.map((script) => join(directory, 'bin', script));
        return [{ name, kind: 'python', output, digest, entry: directory, programs, link }];
      }
      case 'wheel':
      case 'editable':
        throw new Error(`internal: the result of ${name}:${output} is not for handing out`);
    }
  });
  return damaged.length > 0 ? { damaged } : { outputs: finished };
}
