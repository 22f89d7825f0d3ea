import { join } from 'node:path';
import type { Digest } from '../model/digest.ts';
import type { BuiltTarget } from './build-report.ts';

/** An output that is whole and in the store. */
export interface FinishedOutput {
  readonly name: string;
  readonly kind: BuiltTarget['kind'];
  readonly output: string;
  readonly digest: Digest;
  /** Absolute path in the store. */
  readonly entry: string;
  /** Absolute paths of programs in it. */
  readonly programs: readonly string[];
  /** Points a link (absolute path) at the entry and keeps the entry from collection as long as it does. */
  readonly link: (path: string) => void;
}

/** Points the result links at the outputs: `result` for one, `result-NAME` for several, or where the user says. */
export function linkResults(options: {
  readonly outputs: readonly FinishedOutput[];
  /** Absolute directory for the links. */
  readonly directory: string;
  /** Absolute path of the link; `undefined`: in `directory`. */
  readonly link: string | undefined;
}): readonly BuiltTarget[] {
  const { outputs, directory, link } = options;
  const paths = resultPaths(link ?? join(directory, 'result'), outputs);
  return outputs.map(({ name, kind, output, digest, entry, programs, link: point }, index) => {
    const path = paths[index] ?? '';
    point(path);
    return { name, kind, output, path, entry, programs, digest };
  });
}

/** Where the links of outputs are, in their order. Packages of two members that share a name and an output are numbered from the second on. */
export function resultPaths(base: string, outputs: readonly Pick<FinishedOutput, 'name' | 'output'>[]): readonly string[] {
  if (outputs.length === 1) return [base];
  const names = outputs.map((output) => output.name);
  const taken = new Map<string, number>();
  return outputs.map(({ name, output }) => {
    const repeated = names.filter((other) => other === name).length > 1;
    const path = repeated ? `${base}-${name}-${output.replaceAll('/', '-')}` : `${base}-${name}`;
    const count = (taken.get(path) ?? 0) + 1;
    taken.set(path, count);
    return count === 1 ? path : `${path}-${count}`;
  });
}

/** The outputs where they lie in the store, with no link to keep them. */
export function unlinked(outputs: readonly FinishedOutput[]): readonly BuiltTarget[] {
  return outputs.map(({ link: _link, ...output }) => ({ ...output, path: output.entry }));
}
